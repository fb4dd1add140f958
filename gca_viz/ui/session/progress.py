"""A bar for work that takes longer than a moment."""

from __future__ import annotations

from time import monotonic

from streamlit.delta_generator import DeltaGenerator

from gca_viz.progress import ReportProgress
from gca_viz.ui.hall.turn import let_others_pass

_PAUSE = 0.1  # seconds between two drawings of the bar
_MOMENT = 0.1  # seconds for which other sessions may wait


def progress_bar(place: DeltaGenerator, *, after: float = 0.3) -> ReportProgress:
    """A function that draws how far work is, once it has taken longer than ``after`` seconds, and clears it at 1.

    Streamlit stops a run at its next call when a control changes meanwhile or Stop is pressed, so that reporting
    progress is also what makes the work cancellable.
    """
    begun = monotonic()
    shown_from = begun + after

    def report_progress(share: float, what: str) -> None:
        nonlocal shown_from
        if monotonic() - begun > _MOMENT:
            let_others_pass()
        if share >= 1:
            place.empty()
        elif monotonic() >= shown_from:
            place.progress(share, f"{what} …")
            shown_from = monotonic() + _PAUSE

    return report_progress
