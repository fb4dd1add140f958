"""The card of an encoder: how it was made, and what was measured on held-out families."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from gca_viz.metric import percent
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.tables import number_table

if TYPE_CHECKING:
    import pandas as pd

_MEASURES = {
    "knn_class": "class, nearest neighbours",
    "linear_class": "class, linear probe",
    "balanced_class": "class, linear probe, mean over classes",
    "knn_domain": "style, nearest neighbours",
    "linear_domain": "style, linear probe",
    "leave_one_domain_out": "class, linear probe of the other styles",
    "cross_domain_r1": "same identity in another style, top-1",
    "image_to_text_r1": "image → text, top-1",
    "image_to_text_r5": "image → text, top-5",
    "text_to_image_r1": "text → image, top-1",
    "text_to_image_r5": "text → image, top-5",
    "alignment": "alignment, 0 to 4 (lower is closer)",
    "uniformity": "uniformity (lower is more even)",
    "effective_rank": "effective rank",
}
_OPEN = "card-open"
_SHARES = ("knn", "linear", "balanced", "leave", "cross", "image_to", "text_to")


def card(content: Mapping[str, Any]) -> None:
    """Draw a button that opens the card; nothing without one."""
    if not content.get("held_out") and "command" not in content:
        return
    title = content.get("title", "Card")
    st.button("Card", icon=":material/id_card:", type="tertiary", key="card", on_click=_open, args=(title,))
    # Remembered, so that a run which another control asked for just before does not shut the card.
    if st.session_state.get(_OPEN) == title:
        st.dialog(title, on_dismiss=_shut)(_card)(content)


def _open(title: str) -> None:
    st.session_state[_OPEN] = title


def _shut() -> None:
    st.session_state.pop(_OPEN, None)


def _card(content: Mapping[str, Any]) -> None:
    if content.get("held_out"):
        st.caption(f"On {held_out_families(content)}, never trained on; probes are fitted on the other families.")
        number_table(measured(content["held_out"]))
    facts = {
        "Architecture": content.get("architecture", ""),
        "Parameters": f"{content['parameters']:,}" if "parameters" in content else "",
        "Epoch": content.get("epoch", ""),
        "Data": " · ".join(str(part) for part in content.get("data", {}).values()),
        "Time": f"{content['seconds']:,.0f} s" if "seconds" in content else "",
        "Made": f"{content.get('date', '')}, torch {content.get('torch', '')}".strip(", "),
        **_readings(content.get("readings", {})),
        "Projector": content.get("projector", ""),
        "Source": content.get("source", ""),
        "Changes": content.get("changes", ""),
        "Licence": content.get("licence", ""),
    }
    st.markdown("  \n".join(f"{name}: {plain(str(value))}" for name, value in facts.items() if value != ""))
    if "command" in content:
        st.code(content["command"], language="sh", wrap_lines=True)


def _readings(noted: Mapping[str, Any]) -> dict[str, str]:
    """What training noted beside its loss, in words."""
    texts = {
        "forgetting": ("Forgetting", "{:.1%} of the earlier styles' images, nearest neighbours"),
        "client_distance_mean": ("Client drift", "{:.1%} of the length of the weights, mean over rounds"),
        "client_cka_mean": ("Client drift, CKA", "{:.3f}, mean over rounds"),
        "away_cka": ("CKA to stay away from", "{:.3f}"),
    }
    return {title: text.format(noted[name]) for name, (title, text) in texts.items() if name in noted}


def held_out_families(content: Mapping[str, Any]) -> str:
    """What a card's numbers were measured on, in words."""
    data = content.get("measured_on") or content.get("data", {}).get("name")
    return f"held-out families of {data}" if data else "held-out families"


def measured(held_out: dict[str, dict[str, float]]) -> pd.DataFrame:
    """What was measured, a column per output; accuracies in per cent."""
    rows = {
        title: [_text(key, values.get(key)) for values in held_out.values()]
        for key, title in _MEASURES.items()
        if any(key in values for values in held_out.values())
    }
    import pandas as pd

    return pd.DataFrame.from_dict(rows, orient="index", columns=list(held_out))


def _text(key: str, value: float | None) -> str:
    if value is None:
        return "–"
    return percent(value, 1) if key.startswith(_SHARES) else f"{value:.2f}"
