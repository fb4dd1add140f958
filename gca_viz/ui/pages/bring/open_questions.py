"""The controls for what the tensors of a checkpoint leave open: student or teacher, projector, stem, shortcut."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from gca_viz.encoders.checkpoints.assumptions import CHOICES, Assumptions
from gca_viz.encoders.checkpoints.load_report import LoadReport, UnusableError
from gca_viz.errors import InputError
from gca_viz.settings.parameter import Choice


def answers(file: str) -> Assumptions:
    """What the user said of a file so far, in the controls that :func:`ask` drew."""
    given = {choice.name: st.session_state.get(_key(file, choice.name)) for choice in CHOICES}
    return Assumptions.of({name: answer for name, answer in given.items() if answer})


def ask(file: str, report: LoadReport | None, error: InputError | None) -> None:
    """Draw a control for each thing that a file leaves open.

    Args:
        file: identifies the file.
        report: what was understood of it, if it was read.
        error: why it was refused, if it was; all is asked then that may be the reason.
    """
    if report is not None:
        open_ = {question.name: question.answers for question in report.questions if len(question.answers) > 1}
        taken = {question.name: question.answer for question in report.questions}
    elif answers(file).given or (isinstance(error, UnusableError) and error.report.architecture):
        open_, taken = {choice.name: choice.options for choice in CHOICES}, {}
        if isinstance(error, UnusableError):
            open_ |= {question.name: question.answers for question in error.report.questions}
    else:
        return
    if not open_:
        return
    with st.expander("What the tensors do not say", icon=":material/help_center:", key="bring-open"):
        for choice in CHOICES:
            if choice.name in open_:
                _control(file, choice, open_[choice.name], taken.get(choice.name, ""))


def _control(file: str, choice: Choice, options: Sequence[str], taken: str) -> None:
    given = answers(file).given.get(choice.name, "")
    as_found = "as found" if given or not taken else f"as found: {taken}"
    offered = ["", *dict.fromkeys([*options, *([given] if given else [])])]
    st.selectbox(
        choice.label,
        offered,
        key=_key(file, choice.name),
        format_func=lambda answer: answer or as_found,
        help=choice.help,
    )


def _key(file: str, name: str) -> str:
    return f"bring-open-{name}-{file}"
