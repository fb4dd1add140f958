"""gca-viz: contrastive learning as distribution alignment, in the browser (``streamlit run app.py``)."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

UI = Path(__file__).parent / "gca_viz" / "ui"

st.set_page_config(
    page_title="gca-viz",
    page_icon=str(UI / "icon.png"),
    layout="wide",
    menu_items={"About": "See what contrastive losses match with what: arXiv 2502.20141."},
)

# Beside it style.css writes the name, in the colours of the theme.
st.logo(str(UI / "logo.svg"), size="large")


def _page(room: str, title: str, icon: str, **more: bool) -> StreamlitPage:
    return st.Page(UI / "pages" / room / f"{room}.py", title=title, icon=f":material/{icon}:", **more)


st.navigation(
    [
        _page("alignment", "Alignment", "grid_on", default=True),
        _page("geometry", "Geometry", "scatter_plot"),
        _page("effects", "Parameter effects", "tune"),
        _page("compare", "Compare checkpoints", "compare"),
        _page("transfer", "Transfer", "move_down"),
        _page("family", "Family", "family_history"),
        _page("learn", "Learn", "school"),
        _page("train", "Train", "model_training"),
        _page("paper", "Paper", "fact_check"),
        _page("bring", "Bring your own", "upload_file"),
    ]
).run()
