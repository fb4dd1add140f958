"""gca-viz: contrastive learning as distribution alignment, in the browser (``streamlit run app.py``)."""

from pathlib import Path

import streamlit as st

UI = Path(__file__).parent / "gca_viz" / "ui"

st.set_page_config(
    page_title="gca-viz",
    page_icon=str(UI / "icon.png"),
    layout="wide",
    menu_items={"About": "See what contrastive losses match with what: arXiv 2502.20141."},
)

# Beside it style.css writes the name, in the colours of the theme.
st.logo(str(UI / "logo.svg"), size="large")

st.navigation(
    [
        st.Page("gca_viz/ui/pages/alignment.py", title="Alignment", icon=":material/grid_on:", default=True),
        st.Page("gca_viz/ui/pages/geometry.py", title="Geometry", icon=":material/scatter_plot:"),
        st.Page("gca_viz/ui/pages/effects.py", title="Parameter effects", icon=":material/tune:"),
        st.Page("gca_viz/ui/pages/compare.py", title="Compare checkpoints", icon=":material/compare:"),
        st.Page("gca_viz/ui/pages/learn.py", title="Learn", icon=":material/school:"),
        st.Page("gca_viz/ui/pages/bring.py", title="Bring your own", icon=":material/upload_file:"),
    ]
).run()
