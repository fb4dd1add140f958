"""What is trained, beside what the sidebar says."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st

from gca_viz.cluster.uploads import packed
from gca_viz.errors import InputError
from gca_viz.experiments.compare.run_files import spread
from gca_viz.experiments.train.cards import command
from gca_viz.experiments.train.chosen import HEAD, NETWORK, Chosen, training_recipes
from gca_viz.experiments.train.jobs import jobs
from gca_viz.experiments.train.parts import BATCH_SIZE, EPOCHS, IMAGES, LEARNING_RATE, SEED
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.settings.parameter import Parameter
from gca_viz.transport import METHODS
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.sidebar import encoder_titles
from gca_viz.ui.session import state, trainings
from gca_viz.uploads import UPLOAD

_KINDS = {NETWORK: "a small ResNet", HEAD: "a head on the encoder"}
_TWO = {"two": "both methods", "one": "the first alone"}
_FORM, _MISREAD = "_train_form", "_train_misread"
#: of a form that is quick to answer; the program's own defaults are for an hour
_DEFAULTS = {EPOCHS: 20, IMAGES: 512, BATCH_SIZE: 64, LEARNING_RATE: LEARNING_RATE.default, SEED: 0}


def form() -> str | None:
    """Draw it; returns the name of a training that was started now."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="train-form"):
        kind = st.segmented_control(
            "Trained",
            list(_KINDS),
            format_func=_KINDS.__getitem__,
            required=True,
            key=_seeded("train-kind", NETWORK, _KINDS.__contains__),
            help="A small ResNet learns all of itself. A head stands on the features of the encoder in the "
            "sidebar, which stays as it is: seconds in place of minutes.",
        )
        with st.container(width=110):
            epochs = _number(EPOCHS)
        with st.container(width=120):
            images = _number(IMAGES)
        with st.container(width=120):
            batch_size = _number(BATCH_SIZE)
        with st.container(width=130):
            rate = _number(LEARNING_RATE)
        with st.container(width=100):
            seed = _number(SEED)
        which = st.segmented_control(
            "Side by side",
            list(_TWO),
            format_func=_TWO.__getitem__,
            required=True,
            key=_seeded("train-two", "two", _TWO.__contains__),
            help="Two methods start from the same weights and see the same batches: what differs is the loss.",
        )
        about("train")
    chosen = Chosen(str(kind), int(epochs), int(images), int(batch_size), float(rate), int(seed))
    _misread()
    st.caption(_sentence(chosen, two=which == "two"))
    try:
        recipes = training_recipes(state.recipe(), chosen, beside=which == "two")
    except InputError as error:
        st.error(plain(str(error)), icon=":material/error:")
        recipes = []
    begun = None
    if st.button("Train", type="primary", icon=":material/play_arrow:", key="train-start", disabled=not recipes):
        try:
            begun = _start(recipes)
        except InputError as error:
            st.error(plain(str(error)), icon=":material/error:")
    if recipes:
        with st.expander("On the command line", icon=":material/terminal:", key="train-command"):
            for recipe in recipes:
                st.code(command(recipe, f"runs/{recipe.method}"), language="bash", wrap_lines=True)
            st.caption("The same program in a terminal; its folder opens on the page Compare checkpoints.")
    return begun


def title_of(recipes: Sequence[TrainingRecipe]) -> str:
    """What a training is called where nobody names it."""
    return " and ".join(recipe.title for recipe in recipes)


def _start(recipes: Sequence[TrainingRecipe]) -> str:
    names = {name for recipe in recipes for name in re.findall(UPLOAD, f"{recipe.data} {recipe.on}")}
    uploads = pickle.dumps([(name, *packed(name)) for name in sorted(names)]) if names else b""
    save_at = spread(range(recipes[0].epochs + 1), 12 // len(recipes))
    return jobs.start(trainings.owner(new=True), title_of(recipes), recipes, save_at, uploads).name


def _number(spec: Parameter) -> float:
    """A number that the link says, too."""
    whole = int if spec.integer else float
    found = st.number_input(
        f"{spec.label} {spec.symbol}".strip(),
        whole(spec.minimum),
        whole(spec.maximum),
        step=None if spec.integer else 1e-3,
        format=None if spec.integer else "%g",
        key=_seeded(f"train-{spec.name.replace('_', '-')}", whole(_DEFAULTS[spec]), partial(_fits, spec)),
        help=spec.help,
    )
    return float(found)


def _fits(spec: Parameter, value: Any) -> bool:
    with suppress(InputError):
        spec.check(value)
        return True
    return False


def _seeded(key: str, default: Any, fits: Callable[[Any], bool]) -> str:
    """The key of a control that says what it said when the page was left, else what the link says."""
    kept = st.session_state.setdefault(_FORM, {})
    if key not in st.session_state:
        value, said = kept.get(key, default), st.query_params.get(key)
        if said is not None:
            told = _read(said, type(default))
            if told is not None and fits(told):
                value = told
            else:
                st.session_state.setdefault(_MISREAD, {})[key] = said, value
        st.session_state[key] = value
    kept[key] = st.session_state[key]
    if kept[key] != default:  # Streamlit's own way to keep it in the link lets nobody leave the page
        st.query_params[key] = str(kept[key])
    elif key in st.query_params:
        del st.query_params[key]
    return key


def _read(said: str, kind: type) -> Any:
    """What a link says, as what the control holds; None where it says no such thing."""
    with suppress(ValueError):
        return kind(said)
    return None


def _misread() -> None:
    """Tell what the link says that no control can show, until that control is moved."""
    for key, (said, shown) in st.session_state.get(_MISREAD, {}).items():
        if st.session_state[key] == shown:
            st.warning(plain(f"The link says {key} = {said}, which cannot be; the form shows {shown}."))


def _sentence(chosen: Chosen, *, two: bool) -> str:
    recipe = state.recipe()
    methods = [METHODS[recipe.method.name].title]
    if two and (beside := recipe.method.beside) is not None:
        methods.append(METHODS[beside.name].title)
    on = f", on {plain(encoder_titles()[recipe.encoder.name])}" if chosen.trained == HEAD else ""
    return (
        f"{' beside '.join(methods)}{on}; data, views, methods and ε are those of the sidebar. Training "
        "images alone are used, never the held-out ones that measure it."
    )
