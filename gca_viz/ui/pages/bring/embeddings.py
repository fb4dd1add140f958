"""The tab for embeddings."""

from __future__ import annotations

import streamlit as st

from gca_viz.datasets import read_embeddings
from gca_viz.datasets.embeddings import EXAMPLES
from gca_viz.ui.pages.bring.understood import understood
from gca_viz.ui.pages.bring.using import use_button
from gca_viz.ui.parts.reading import read_once, server_path, uploader


def embeddings() -> None:
    """Draw the tab."""
    st.markdown(
        "The vectors of two views, from any model in the world: `z1` and `z2`, or one matrix `z` with a column "
        "`partner`; `labels`, `domains`, `names` and `images` (thumbnails) if you have them. "
        "NPZ, NPY, Parquet, CSV, TSV, TXT or safetensors. Of a folder on the server that `gca-viz embed --all "
        "--results` wrote, only the rows of a batch are read."
    )
    with st.expander("Six lines that write such a file", icon=":material/code:"):
        for name, code in EXAMPLES.items():
            st.caption(name)
            st.code(code, language="python", wrap_lines=True)
    files = uploader("Files of embeddings", "embeddings")
    read = read_once("embeddings", files, lambda: read_embeddings([(file.name, file.getvalue()) for file in files]))
    path = server_path("embeddings")
    if read is None and path is not None:
        changed = path.stat().st_mtime_ns  # what was refused may be mended
        read = read_once("embeddings-path", [path], lambda: read_embeddings(path), changed)
    if read is not None:
        dataset, report = read
        understood(report)
        use_button("Use these embeddings", "use-embeddings", lambda: (dataset, report))
