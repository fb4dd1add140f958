"""What the app opens on when its address says nothing."""

from __future__ import annotations

from gca_viz.experiments.recipe.recipe import Recipe

#: Links say what differs from ``Recipe()``, so that one stays as it was; this may change from version to version.
FIRST_SCREEN = Recipe()
