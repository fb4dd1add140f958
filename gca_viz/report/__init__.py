"""A recipe's result as files that need nothing else: one page, or a folder of tables beside it."""

from gca_viz.report.bundle import bundle
from gca_viz.report.page import page

__all__ = ["bundle", "page"]
