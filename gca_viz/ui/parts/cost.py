"""What the last run cost, below the form; drawn anew alone where the form stays as it is."""

from __future__ import annotations

import streamlit as st

from gca_viz.device import best_device
from gca_viz.ui.session.follow import follower

_SECONDS = "seconds"


def tell_cost(seconds: float) -> None:
    """Say how long the plans took, when that part of the form is drawn next."""
    st.session_state[_SECONDS] = seconds


@follower("cost")
def cost() -> None:
    """Draw it."""
    st.caption(f":material/memory: {best_device().label} · plans in {1e3 * st.session_state[_SECONDS]:.0f} ms")
