"""What more than two views of an image ask of the rest of a training recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.field import NOTHING
from gca_viz.experiments.recipe.parts import ViewsRecipe
from gca_viz.experiments.recipe.several_views import check_many_views
from gca_viz.experiments.train.parts import EMBEDDED_VIEWS, ON, RANDOM
from gca_viz.views import COUNT, REDUCE
from gca_viz.views.reduction import PAIR, WORST


def check_several_views(values: Mapping[str, Any]) -> None:
    """Raise :class:`InputError` where there cannot be so many views, or nobody would see them.

    Args:
        values: of a recipe, by the names of its fields, each checked by itself.
    """
    count, how = values[COUNT.name], values[REDUCE.name]
    if (count, how) == (COUNT.default, REDUCE.default):
        return
    check_many_views(ViewsRecipe(values["views"], count=count, reduce=how), given=False)
    asked = f"{count} views ({how})"
    if values["method"] == RANDOM:
        raise InputError(
            f"{asked} with the method random",
            "it trains nothing",
            "Leave --views-count and --reduce out, or choose another method",
            parameter=COUNT.name,
        )
    if how == PAIR:
        raise InputError(
            asked,
            "a pair is the first two of them, and the others would be made for nobody",
            f"Add --reduce {WORST}, or leave --views-count out",
            parameter=REDUCE.name,
        )
    embedded = values[EMBEDDED_VIEWS.name]
    if values[ON.name] != NOTHING and count > embedded:
        raise InputError(
            f"{asked} out of embedded_views = {embedded}",
            "a step draws as many different ones",
            f"Use --embedded-views {count} or more",
            parameter=EMBEDDED_VIEWS.name,
        )
