"""Transfer: two sets without pairs, how far apart they are, and what classes one hands to the other."""

from gca_viz.ui.parts.opening import open_page

heading = open_page("What do two sets have in common?")

from gca_viz.ui.pages.transfer.page import transfer  # noqa: E402 - the page is painted before torch is imported

transfer(heading)
