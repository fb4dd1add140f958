"""Plans of a page's result as the board draws them, with its samples."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan import engine
from gca_viz.transport import Plan
from gca_viz.ui.elements import board
from gca_viz.ui.elements.board.plans import PackedPlans
from gca_viz.ui.session.page_result import PageResult
from gca_viz.views import VIEWS


class PlanBoard(PackedPlans):
    """Plans of the samples of a result."""

    def __init__(self, result: PageResult, plans: Sequence[Plan]) -> None:
        """Pack the plans.

        Args:
            result: whose samples and images they are of.
            plans: in one layout.
        """
        super().__init__(_samples_of(result), plans)


def _what_counts(result: PageResult) -> tuple[Hashable, ...]:
    """The batch, and which of its samples and views are rows and columns."""
    pairing = result.pairing
    places = (pairing.partner, pairing.row_sample, pairing.column_sample, pairing.row_view, pairing.column_view)
    rows_and_columns = tuple(part.cpu().numpy().tobytes() for part in places)
    inputs, are = result.recipe.inputs, result.recipe.method.columns_are
    key = engine.key_of if are == "prototypes" else engine.shown_key  # which image is near is the encoder's to say
    return key(inputs, pairing.layout, are, rows_and_columns)


@cached(key=_what_counts)
def _samples_of(result: PageResult) -> board.Samples:
    """Names and images of the rows and columns."""
    pairing = result.pairing
    sides = []
    for side in ("row", "column"):
        samples, views = (getattr(pairing, f"{side}_{part}").tolist() for part in ("sample", "view"))
        places = list(zip(samples, views, strict=True))
        suffix = {view: "" if pairing.layout == "cross" else f" (view {view + 1})" for view in (0, 1)}
        kinds = [result.kind(*place) for place in places]
        sides.append(
            board.Side(
                names=[result.name(*place) + suffix[place[1]] for place in places],
                classes=[kind[0] for kind in kinds],
                domains=[kind[1] for kind in kinds],
                images=np.stack([result.image(*place) for place in places]),
            )
        )
    partner, count = pairing.partner.cpu().numpy(), len(pairing.column_sample)
    return board.pack_samples(*sides, partner=partner, axes=_axes(result), count=count)


def _axes(result: PageResult) -> tuple[str, str]:
    """What rows and columns are."""
    if result.pairing.layout != "cross":
        return "both views", "both views"
    if (are := result.recipe.method.columns_are) != "views":
        return "view 1", {"queue": "view 2, then the queue", "prototypes": "prototypes"}[are]
    words = VIEWS[result.recipe.views.preset].words and result.batch.embeddings is None
    return ("view 1, image", "view 2, text") if words else ("view 1", "view 2")
