"""Parameter effects: what each number does to the plan, and who finds corrupted pairs."""

from gca_viz.ui.parts.opening import open_page

open_page("What does each parameter do to the plan?")

from gca_viz.ui.pages.effects.page import effects  # noqa: E402 - the page is painted before torch is imported

effects()
