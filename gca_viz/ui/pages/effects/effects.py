"""Parameter effects: what each number does to the plan, and who finds bad pairs."""

from gca_viz.ui.parts.headings import title
from gca_viz.ui.session.warm_up import apply_style, warm_up

apply_style()
title("What does each parameter do to the plan?")
warm_up()

from gca_viz.ui.pages.effects.page import effects  # noqa: E402 - the page is painted before torch is imported

effects()
