"""What the tabs share: files from the browser or the server, read once, and a sentence where they are refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gca_viz.datasets.content import clean_text
from gca_viz.errors import InputError
from gca_viz.files.folder import numbered
from gca_viz.settings.folders import VARIABLE, allowed_folders, allowed_path
from gca_viz.settings.limits import FILE_BYTES
from gca_viz.ui.markdown import plain

T = TypeVar("T")


def uploader(label: str, key: str, kinds: Sequence[str] = ()) -> list[UploadedFile]:
    """The uploaded files, of any name where no endings are given; none at first."""
    return st.file_uploader(
        label,
        list(kinds) or None,
        accept_multiple_files=True,
        key=f"bring-{key}",
        max_upload_size=max(1, FILE_BYTES.value // 2**20),
    )


def placed(files: Sequence[UploadedFile], folder: Path) -> list[Path]:
    """Write uploaded files into a folder, under their own names as far as these can be names of files."""
    paths = [folder / name for name in numbered([_file_name(file.name) for file in files])]
    for path, file in zip(paths, files, strict=True):
        path.write_bytes(file.getvalue())
    return paths


def server_path(kind: str) -> Path | None:
    """A path on the server, where folders are opened to browsers; None if there is none, or if it is refused."""
    folders = ", ".join(map(str, allowed_folders()))
    if not folders:
        st.caption(f"Files on the server: start the app with `{VARIABLE}` set to the folders that it may read.")
        return None
    text = st.text_input("Or a path on the server", key=f"bring-path-{kind}", help=f"Below {folders}.")
    return checked(allowed_path, text)


def checked(check: Callable[[str], T], text: str) -> T | None:
    """What a check makes of a line of text; None without any, or if it is refused."""
    try:
        return check(text) if text.strip() else None
    except InputError as error:
        refuse(error)
        return None


def read_once(kind: str, files: Sequence[object], read: Callable[[], T], *settings: object) -> T | None:
    """What was read of uploads or paths, once however often the page is drawn; None without any, or if refused."""
    if not files:
        return None
    ids = (*(getattr(file, "file_id", file) for file in files), *settings)
    if st.session_state.get(_key(kind), (None,))[0] != ids:
        with st.spinner("Reading …"):
            try:
                st.session_state[_key(kind)] = (ids, read(), None)
            except InputError as error:
                st.session_state[_key(kind)] = (ids, None, error)
    found: T | None = st.session_state[_key(kind)][1]
    refusal = refusal_of(kind)
    if refusal is not None:
        refuse(refusal)
    return found


def refusal_of(kind: str) -> InputError | None:
    """Why the last thing of a kind was refused; None if it was read, or nothing was."""
    refusal: InputError | None = st.session_state.get(_key(kind), (None, None, None))[2]
    return refusal


def forget_read(kind: str) -> None:
    """Forget what was read, so that it is read again when it is asked for again."""
    st.session_state.pop(_key(kind), None)


def refuse(error: InputError) -> None:
    """Show why something was refused."""
    st.error(plain(str(error)), icon=":material/error:")


def _key(kind: str) -> str:
    return f"bring-read-{kind}"


def _file_name(name: str) -> str:
    """The last part of a name without control characters, short enough for every file system; its ending stays."""
    path = PurePosixPath(PurePosixPath(name.replace("\\", "/")).name.lstrip("."))
    return f"{clean_text(path.stem)[:50] or 'unnamed'}{clean_text(path.suffix)[:12]}"
