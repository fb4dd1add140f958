"""Compare checkpoints: encoders, epochs of a run or methods on the same batch and views."""

from gca_viz.ui.parts.opening import open_page

heading = open_page("What changed from one encoder to another?")

from gca_viz.ui.pages.compare.page import compare  # noqa: E402 - the page is painted before torch is imported

compare(heading)
