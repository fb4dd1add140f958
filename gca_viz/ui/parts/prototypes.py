"""How many prototypes, and where they come from."""

from __future__ import annotations

from gca_viz.encoders import brings_prototypes
from gca_viz.experiments.recipe.method import CENTRES, OF_FILE
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state

_TITLES = {CENTRES: "centres of the batch", OF_FILE: "the encoder’s file"}


def prototypes_control() -> None:
    """Offer the file's prototypes where the encoder brings some; a file says itself how many there are."""
    recipe = state.recipe()
    of_file = recipe.method.prototypes_from == OF_FILE
    if of_file or brings_prototypes(recipe.encoder.name):
        control("prototypes_from", titles=_TITLES)
    if not of_file:
        control("prototypes")
