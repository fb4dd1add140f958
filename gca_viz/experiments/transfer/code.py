"""Two sets as the lines of Python that compute the same."""

from __future__ import annotations

from gca_viz.experiments.plan.code import encoder_arguments
from gca_viz.experiments.transfer.groups import Group
from gca_viz.experiments.transfer.result import TransferResult
from gca_viz.uploads import is_upload


def transfer_code(found: TransferResult) -> str:
    """Code that ends with ``far``, the set distance, and ``shares``, the classes that the second set receives.

    Empty where data or encoder were uploaded: a recipe names them for one process only.
    """
    recipe, sets = found.recipe, found.sets
    names = (sets.source.data.dataset, sets.receiver.data.dataset, recipe.encoder.name)
    if any(map(is_upload, names)):
        return ""
    epsilon = repr(recipe.method.epsilon)
    return f"""\
import gca_viz
from gca_viz.datasets import Selection, pick
from gca_viz.views import make_views

encoder = gca_viz.load_encoder({encoder_arguments(recipe.encoder)})
first = {_batch(sets.source)}
second = {_batch(sets.receiver)}
a, b = (encoder.encode(make_views(batch, "none").first) for batch in (first, second))
far = gca_viz.set_distance(a, b, epsilon={epsilon})
shares = gca_viz.transfer(a, b, first.labels, epsilon={epsilon})
"""


def _batch(group: Group) -> str:
    data = group.data
    return f'pick(gca_viz.load_dataset("{data.dataset}"), Selection(mode="chosen", indices={data.indices!r}))'
