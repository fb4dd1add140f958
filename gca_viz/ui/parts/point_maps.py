"""What maps of points have in common: the images behind the points, and what is done on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Inputs
from gca_viz.geometry import plan_points
from gca_viz.ui.elements import map as scatter
from gca_viz.ui.elements.gestures.component import Gesture
from gca_viz.ui.elements.shared.wire import Blob
from gca_viz.ui.session import selection, state
from gca_viz.ui.session.page_result import PageResult


def follow(gesture: Gesture, result: PageResult) -> PageResult:
    """Let the recipe say what a gesture picked or chose, and the result what the recipe says."""
    if gesture.kind == "group":
        selection.choose_group(point % result.batch.size for point in gesture.points)
    else:
        selection.pick_pair(*plan_points.pair_of(result.plan, gesture.points[0]))
    return replace(result, recipe=replace(result.recipe, display=state.recipe().display))


@cached(key=engine.shown_key)
def samples_of(inputs: Inputs, texts: tuple[str, ...]) -> Blob:
    """Images and texts of the points of a batch, for the pointer."""
    return scatter.pack_samples(
        np.concatenate(engine.pictures_of(inputs.data, inputs.views, inputs.encoder)), texts
    )
