"""Alignment: the plan of a batch under one method, beside another."""

from gca_viz.ui.parts.opening import open_page

heading = open_page("Who is matched with whom?")

from gca_viz.ui.pages.alignment.page import alignment  # noqa: E402 - the page is painted before torch is imported

alignment(heading)
