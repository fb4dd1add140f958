"""A recipe's result as files that need nothing else: one page, or a zip with its tables beside it."""

from gca_viz.report.compare import compare_report
from gca_viz.report.compare_values import compare_values
from gca_viz.report.document import Report
from gca_viz.report.effects import effects_report
from gca_viz.report.page import plan_report
from gca_viz.report.transfer import transfer_report, transfer_values

__all__ = [
    "Report",
    "compare_report",
    "compare_values",
    "effects_report",
    "plan_report",
    "transfer_report",
    "transfer_values",
]
