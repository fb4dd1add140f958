"""Paper: which of the paper's claims are shown here, with effects, intervals and the commands that made them."""

from gca_viz.ui.parts.opening import open_page

heading = open_page("Which of the paper's claims are shown here?")

from gca_viz.ui.pages.paper.page import paper  # noqa: E402 - the page is painted before torch is imported

paper(heading)
