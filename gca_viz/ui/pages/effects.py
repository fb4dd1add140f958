"""Parameter effects: what each number does to the plan, and who finds bad pairs."""

from gca_viz.ui.headings import title
from gca_viz.ui.runtime import apply_style, warm_up

apply_style()
title("What does each parameter do to the plan?")
warm_up()

from gca_viz.ui.effects import effects  # noqa: E402 - the page is painted before torch is imported

effects()
