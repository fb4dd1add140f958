"""Learn: short lessons on live data, and a toy world that trains in front of the user."""

from gca_viz.ui.parts.opening import open_page

heading = open_page("Learn")

from gca_viz.ui.pages.learn.page import learn  # noqa: E402 - the page is painted before torch is imported

learn(heading)
