"""Family: every contrastive loss as a setting of six dials, with its plan of the batch on the page."""

from gca_viz.ui.parts.opening import open_page

heading = open_page("What do contrastive losses differ in?")

from gca_viz.ui.pages.family.page import family  # noqa: E402 - the page is painted before torch is imported

family(heading)
