"""Pictures from the camera, on the tab for images."""

from __future__ import annotations

import streamlit as st

from gca_viz.datasets.images import ImageSource, open_uploads
from gca_viz.ui.pages.bring.understood import understood
from gca_viz.ui.pages.bring.using import use_button
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.parts.reading import read_once
from gca_viz.ui.session.uploads import session_uploads

_CAMERA = "bring-camera"


def camera() -> None:
    """Draw the camera, folded at first, and the pictures that were taken."""
    with st.expander(
        "Take pictures with the camera", icon=":material/photo_camera:", key="bring-camera-group", on_change="rerun"
    ) as group:
        if group.open:  # a browser asks for the camera as soon as it is drawn
            st.camera_input("Camera", key=_CAMERA, on_change=_take, label_visibility="collapsed", width=480)
    taken = session_uploads().pictures
    if not taken:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="bring-pictures"):
        pictures(taken, [f"picture {number}" for number in range(1, len(taken) + 1)], width=72)
        st.button("Clear", on_click=taken.clear, key="clear-pictures", icon=":material/delete:")
    source = read_once("camera", taken, _opened)
    if source is not None:
        understood(source.report, "bring-camera-report")
        use_button("Use these pictures", "use-pictures", source.load)


def _take() -> None:
    picture = st.session_state[_CAMERA]
    if picture is not None:  # it was cleared to take the next one
        session_uploads().pictures.append(picture)


def _opened() -> ImageSource:
    # With "1" and "2" after a blank, two of them would be two views of one sample.
    return open_uploads(
        [(f"picture ({k}).jpg", file.getvalue()) for k, file in enumerate(session_uploads().pictures, 1)]
    )
