"""Train encoders with any registered method: ``gca-viz train --help``."""

from gca_viz.experiments.train.loop import Hardware, train
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.run import Metrics, Run

__all__ = ["Hardware", "Metrics", "Run", "TrainingRecipe", "train"]
