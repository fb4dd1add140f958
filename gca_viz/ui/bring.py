"""The page that reads what a user brings: a report of what was understood, and a button to use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from gca_viz.datasets import DataReport, Dataset, load_dataset, read_embeddings
from gca_viz.datasets.embeddings import EXAMPLES
from gca_viz.datasets.images import ImageSource, open_images, open_uploads
from gca_viz.embedding_cache import EmbeddingCache
from gca_viz.encoders import registry
from gca_viz.errors import InputError
from gca_viz.experiments.recipe import Recipe
from gca_viz.folders import VARIABLE, allowed_folders, allowed_path
from gca_viz.limits import CACHE_BYTES, FILE_BYTES
from gca_viz.ui import state
from gca_viz.ui.own import own
from gca_viz.ui.panels.understood import facts_table, understood
from gca_viz.ui.progress import progress_bar
from gca_viz.ui.text import plain

_IN_TITLE = ("Verdict", "Architecture")
_PICTURES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")


def bring() -> None:
    """Draw the page."""
    # The recipe would be lost with its link if nobody read it before the user leaves this page.
    state.recipe()
    st.caption(
        "What you bring stays in this browser session: nobody else sees it, and it goes when the tab is closed. "
        "Files are read as numbers and pictures only; nothing in them is ever run."
    )
    _in_session()
    for tab, draw in zip(st.tabs(list(_TABS), key="bring-tab", on_change="rerun"), _TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw()
    _kept_on_disk()


def _embeddings() -> None:
    st.markdown(
        "The vectors of two views, from any model in the world: `z1` and `z2`, or one matrix `z` with a column "
        "`partner`; `labels`, `domains`, `names` and `images` (thumbnails) if you have them. "
        "NPZ, NPY, Parquet, CSV, TSV or safetensors."
    )
    with st.expander("Six lines that write such a file", icon=":material/code:"):
        for name, code in EXAMPLES.items():
            st.caption(name)
            st.code(code, language="python", wrap_lines=True)
    files = _uploader("Files of embeddings", "embeddings", ("npz", "npy", "parquet", "csv", "tsv", "safetensors"))
    read = _read_once(
        "embeddings", files, lambda: read_embeddings([(file.name, file.getvalue()) for file in files])
    )
    if read is not None:
        dataset, report = read
        understood(report)
        _use("Use these embeddings", "use-embeddings", lambda: (dataset, report))


def _images() -> None:
    st.markdown(
        "A folder of images as a zip (`class/image` or `domain/class/image`, or flat), a benchmark's own files "
        "(CIFAR binary, MNIST idx, SVHN `.mat`, STL-10 binary, Parquet), or a handful of pictures. Two pictures "
        "named `x_a.png` and `x_b.png` become the two views of one sample."
    )
    files = _uploader(
        "Images or an archive", "images", (*_PICTURES, "zip", "gz", "tar", "bin", "mat", "parquet", "idx", "ubyte")
    )
    source = _read_once("images", files, lambda: _opened(files))
    path = _server_path("images")
    if source is None and path is not None:
        source = _read_once("images-path", [path], lambda: open_images(path))
    if source is not None:
        understood(source.report)
        _use("Read and use these images", "use-images", lambda: source.load(progress=_told()))


def _encoder() -> None:
    st.markdown(
        "A checkpoint as a state dict: ResNet-18, 34 or 50 in torchvision's names, or this project's own, from the "
        "usual trainers (solo-learn, lightly, MoCo, SimCLR, VISSL, BYOL, Lightning, the paper's repository). "
        "Only tensors are read; a pickle is refused."
    )
    files = _uploader("A checkpoint", "encoder", ("safetensors", "pt", "pth", "ckpt", "bin"), several=False)
    with st.expander("Preprocessing, where the file does not say", icon=":material/tune:"):
        size = st.number_input("Input size in pixels", 16, 512, None, key="bring-size", placeholder="as detected")
        mean, std = (
            st.text_input(
                f"{what} of the channels", key=f"bring-{what}", placeholder=f"as detected, e.g. {example}"
            )
            for what, example in (("Mean", "0.485, 0.456, 0.406"), ("Deviation", "0.229, 0.224, 0.225"))
        )
    settings = size, mean, std
    name = _read_once("encoder", files, lambda: _uploaded(files[0], *settings), *settings)
    path = _server_path("encoder")
    if name is None and path is not None:
        name = _read_once(
            "encoder-path",
            [path],
            lambda: _registered(path, path.name, *settings),
            *settings,
            path.stat().st_mtime_ns,
        )
    if name is None or name not in own().encoders:
        return
    report = registry.report_of(name)
    with st.container(border=True, key="bring-report"):
        st.markdown(f"**Understood as: {plain(report.architecture)}, {plain(report.verdict)}**")
        st.html(facts_table({label: text for label, text in report.facts.items() if label not in _IN_TITLE}))
        for note in report.notes:
            st.info(plain(note), icon=":material/info:")
    if st.button("Use this encoder", type="primary", icon=":material/arrow_forward:", key="use-encoder"):
        _show_encoder(name)


def _uploaded(file, size: int | None, mean: str, std: str) -> str:
    path = own().folder / f"{file.file_id}{Path(file.name).suffix.lower()}"
    path.write_bytes(file.getvalue())
    try:
        return _registered(path, file.name, size, mean, std)
    finally:
        path.unlink()  # its tensors are in memory now


def _registered(path: Path, title: str, size: int | None, mean: str, std: str) -> str:
    """Keep an encoder, in place of the same file with other preprocessing that nobody uses."""
    for name in [name for name, other in own().encoders.items() if other == title]:
        if name != state.recipe().encoder.name:
            own().remove(name)
    return own().add_encoder(path, title, input_size=size, mean=_channels(mean), std=_channels(std))


def _channels(text: str) -> tuple[float, ...] | None:
    """Three numbers out of a line; None if it is empty."""
    if not text.strip():
        return None
    try:
        values = tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        values = ()
    if len(values) != 3 or not all(0 <= value < 10 for value in values):
        raise InputError(
            f"channels {text!r}", "three numbers are needed, one per colour", "Write them as 0.485, 0.456, 0.406"
        )
    return values


def _show_encoder(name: str) -> None:
    problem = state.update(encoder=name, output=registry.report_of(name).outputs[0])
    if problem is not None:
        _refuse(problem)
        return
    st.switch_page("gca_viz/ui/pages/alignment.py")


def _opened(files: Sequence) -> ImageSource:
    if all(Path(file.name).suffix.lower().lstrip(".") in _PICTURES for file in files):
        return open_uploads([(file.name, file.getvalue()) for file in files])
    folder = own().folder / files[0].file_id
    folder.mkdir(exist_ok=True)
    for file in files:
        (folder / Path(file.name).name).write_bytes(file.getvalue())
    name = Path(files[0].name).stem
    return open_images(folder / Path(files[0].name).name if len(files) == 1 else folder, name=name)


def _server_path(kind: str) -> Path | None:
    """A path on the server, where folders are opened to browsers; None if there is none, or if it is refused."""
    folders = ", ".join(map(str, allowed_folders()))
    if not folders:
        st.caption(f"Files on the server: start the app with `{VARIABLE}` set to the folders that it may read.")
        return None
    text = st.text_input("Or a path on the server", key=f"bring-path-{kind}", help=f"Below {folders}.")
    try:
        return allowed_path(text) if text.strip() else None
    except InputError as error:
        _refuse(error)
        return None


def _uploader(label: str, key: str, kinds: Sequence[str], *, several: bool = True) -> list:
    """The uploaded files; none at first."""
    found = st.file_uploader(
        label,
        list(kinds),
        accept_multiple_files=several,
        key=f"bring-{key}",
        max_upload_size=max(1, FILE_BYTES.value // 2**20),
    )
    return found if several else [found] * (found is not None)


def _read_once(kind: str, files: list, read: Callable, *settings: object):
    """What was read of uploads or paths, once however often the page is drawn; None without any, or if refused."""
    if not files:
        return None
    ids, key = (*(getattr(file, "file_id", file) for file in files), *settings), f"bring-read-{kind}"
    if st.session_state.get(key, (None,))[0] != ids:
        with st.spinner("Reading …"):
            try:
                st.session_state[key] = (ids, read(), None)
            except InputError as error:
                st.session_state[key] = (ids, None, error)
    _, found, error = st.session_state[key]
    if error is not None:
        _refuse(error)
    return found


def _refuse(error: InputError) -> None:
    st.error(plain(str(error)), icon=":material/error:")


def _told() -> Callable[[float, str], None]:
    return progress_bar(st.empty(), after=0.3)


def _use(label: str, key: str, load: Callable[[], tuple[Dataset, DataReport]]) -> None:
    if st.button(label, type="primary", icon=":material/arrow_forward:", key=key):
        try:
            dataset, report = load()
        except InputError as error:
            _refuse(error)
            return
        _show(own().add_data(dataset, report))


def _show(name: str) -> None:
    """Make a data set that of the recipe, and go where it is seen."""
    problem = state.update(data=name, split="all", by="balanced", i=-1, j=-1, t=-1)
    if problem is not None:
        _refuse(problem)
        return
    st.switch_page("gca_viz/ui/pages/alignment.py")


def _in_session() -> None:
    """What was brought already."""
    data, encoders = own().data, own().encoders
    if not data and not encoders:
        return
    with st.container(border=True, key="bring-list"):
        st.markdown("**In this session**")
        for name in list(data):
            dataset = load_dataset(name)
            _row(name, f"{plain(dataset.title)} · {plain(dataset.summary)}", _show)
            if data[name].skipped:
                with st.expander(f"{len(data[name].skipped):,} left out", icon=":material/warning:"):
                    understood(data[name], f"report-{name}")
        for name, title in list(encoders.items()):
            _row(name, f"Encoder {plain(title)} · {plain(registry.report_of(name).architecture)}", _show_encoder)


def _row(name: str, text: str, use: Callable[[str], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text, width="stretch")
        if st.button("Use", key=f"again-{name}"):
            use(name)
        st.button("Remove", key=f"remove-{name}", on_click=_remove, args=(name,))


def _kept_on_disk() -> None:
    """The cache of embeddings, and a way to empty it."""
    cache = EmbeddingCache()
    with st.container(horizontal=True, vertical_alignment="center", key="bring-cache"):
        st.caption(
            f"Embeddings of the bundled images are kept on the server's disk: {CACHE_BYTES.text(cache.size)} of at "
            f"most {CACHE_BYTES.text(CACHE_BYTES.value)}. Those of your images are not."
        )
        st.button("Clear", on_click=cache.clear, key="clear-cache", disabled=cache.size == 0)


def _remove(name: str) -> None:
    own().remove(name)
    state.forget_good()
    default, recipe = Recipe(), state.recipe()
    if recipe.data.dataset == name:
        state.replace(replace(recipe, data=default.data))
    if recipe.encoder.name == name:
        state.replace(replace(recipe, encoder=default.encoder))


_TABS = {"Embeddings": _embeddings, "Images": _images, "Encoder": _encoder}
