"""Models of the hub that people know, one click each."""

from __future__ import annotations

import streamlit as st

from gca_viz.encoders.hub.recommended import RECOMMENDED, Recommended


def recommended_models(field: str, allowed: bool) -> None:
    """Draw the list.

    Args:
        field: key of the widget that takes a model's id, drawn before; a click fills it.
        allowed: whether this server lets browsers name models of the hub; otherwise the list only informs.
    """
    with st.expander("Models that people know", icon=":material/list:", key="recommended-models"):
        st.caption(
            "A click fills in the id, and the server fetches the weights. *Tried* says what was compared with the "
            "library's own answer, on a small copy of the same class with random weights, not with its own weights."
        )
        for number, model in enumerate(RECOMMENDED):
            st.button(
                model.title,
                key=f"recommended-{number}",
                on_click=_fill,
                args=(field, model.name),
                disabled=not allowed,
                width="stretch",
            )
            st.caption(_line(model))


def _line(model: Recommended) -> str:
    tried = model.tried or "nothing, as timm needs torchvision"
    return (
        f"`{model.name}` · {model.what} · {model.licence} · {model.megabytes} MB · {model.input_size} px. "
        f"Tried: {tried}."
    )


def _fill(field: str, name: str) -> None:
    st.session_state[field] = name
