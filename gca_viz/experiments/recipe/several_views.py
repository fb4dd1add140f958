"""Where a recipe may have more than two views of each sample."""

from __future__ import annotations

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.parts import ViewsRecipe
from gca_viz.views import COUNT, VIEWS
from gca_viz.views.reduction import PAIR, kinds


def check_many_views(views: ViewsRecipe, *, given: bool) -> None:
    """Raise :class:`InputError` where several views are asked of what has only a pair, or halves of an odd number.

    Args:
        views: which views.
        given: whether the embeddings were given, so that no view is made.
    """
    if views == views.pair:
        return
    words = VIEWS[views.preset].words
    if given or words:
        raise InputError(
            f"{views.count} views ({views.reduce}) of "
            + ("embeddings that were given" if given else "an image and its text"),
            "there is one pair of them" if given else "an image has one text",
            f"Use {COUNT.default} views and '{PAIR}'" + ("" if given else ", or views of images alone"),
            parameter=COUNT.name,
        )
    kinds(views.count, views.reduce, two_kinds=False)
