"""Train encoders with any registered method: ``gca-viz train --help``."""

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.experiments.train.hardware import Hardware
    from gca_viz.experiments.train.loop import train
    from gca_viz.experiments.train.recipe import TrainingRecipe
    from gca_viz.experiments.train.run import Metrics, Run

__getattr__, __dir__ = public_names(
    __name__,
    {
        "gca_viz.experiments.train.hardware": ("Hardware",),
        "gca_viz.experiments.train.loop": ("train",),
        "gca_viz.experiments.train.recipe": ("TrainingRecipe",),
        "gca_viz.experiments.train.run": ("Metrics", "Run"),
    },
)

__all__ = ["Hardware", "Metrics", "Run", "TrainingRecipe", "train"]
