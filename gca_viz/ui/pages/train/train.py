"""Train: any method, or two side by side, in front of the user; what comes out is a run to compare."""

from gca_viz.ui.parts.opening import open_page

heading = open_page("What does a loss make of an encoder?")

from gca_viz.ui.pages.train.page import train  # noqa: E402 - the page is painted before torch is imported

train(heading)
