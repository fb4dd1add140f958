"""The toy world: points on a circle or a sphere that a loss trains in front of the user, computed by the browser.

Python sends a scene (settings and two sentences) and the descriptions of all fields; the browser makes the points,
solves for the plan, goes back through the half steps for the exact gradient and moves the points along it. A scene
is a file in ``scenes/``, see ``docs/learn.md``.
"""

from gca_viz.ui.elements.toy.component import heard_at, show, told
from gca_viz.ui.elements.toy.scenes import SCENES, Scene
from gca_viz.ui.elements.toy.settings import FIELDS, checked, defaults

__all__ = ["FIELDS", "SCENES", "Scene", "checked", "defaults", "heard_at", "show", "told"]
