"""The form that edits the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache

import streamlit as st

from gca_viz.datasets import DATASETS, Dataset, load_dataset
from gca_viz.encoders import bundled_card, bundled_encoders, bundled_runs, outputs_of
from gca_viz.encoders.uploads import recorded
from gca_viz.errors import InputError
from gca_viz.experiments.effects.square import taus_of
from gca_viz.experiments.plan.engine import target_parameters
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.experiments.recipe.method import COLUMN_COUNTS
from gca_viz.experiments.recipe.recipe import AUTO, NOTHING, Recipe
from gca_viz.metric import percent
from gca_viz.settings.parameter import Parameter
from gca_viz.transport import METHODS, TARGETS, Method
from gca_viz.transport.options import COLUMNS, HOLDS, SAMPLE, SAMPLE_BY, targets_of
from gca_viz.transport.parameters import EPSILON
from gca_viz.ui.elements.square import constraint_control
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.card import card, held_out_families
from gca_viz.ui.parts.cost import cost, tell_cost
from gca_viz.ui.parts.prototypes import prototypes_control
from gca_viz.ui.parts.share import share
from gca_viz.ui.parts.widgets import control, slider_ends
from gca_viz.ui.session import state
from gca_viz.ui.session.follow import follower, form_is_drawn
from gca_viz.ui.session.uploads import session_uploads
from gca_viz.ui.session.warm_up import of_every_page
from gca_viz.views import RELATION_VIEWS, VIEWS
from gca_viz.views.reduction import MEAN, PAIR, POSTERIOR, WORST

_TITLES = {AUTO: "the method's own", NOTHING: "nothing"}
#: how many views become two → what a form calls it
REDUCED = {
    PAIR: "the first two views",
    WORST: "the two farthest views (worst)",
    MEAN: "means of half of the views (mean)",
    POSTERIOR: "means, with a variance (posterior)",
}
#: what a form need not explain where nobody chose it
_USUAL_TARGET = "partner"
_MEASURED = {
    "knn_class": "class by nearest neighbours",
    "linear_class": "class by a linear probe",
    "linear_domain": "domain by a linear probe",
}


def sidebar(seconds: float, beside: Callable[[], object] | None = None) -> None:
    """Draw the form: method, batch, views, encoder, the whole recipe, and what the last run cost.

    Args:
        seconds: that the plans took.
        beside: what the rest of the page says that no follower draws, where followers are all that a number of the
            method moves; by default it moves the whole page.
    """
    tell_cost(seconds)
    recipe = state.recipe()
    method, dataset = METHODS[recipe.method.name], load_dataset(recipe.data.dataset)
    with of_every_page(), st.sidebar:
        _method(method)
        _group("Layout and target", "tune", lambda: _layout_and_target(method))
        _group("Batch", "photo_library", lambda: _batch(dataset), note=plain(dataset.title), open_at_first=True)
        if dataset.embeddings is None:
            _group("Views", "flip", lambda: _views(dataset), note=VIEWS[recipe.views.preset].title)
            _group("Encoder", "neurology", _encoder, note=plain(encoder_titles()[recipe.encoder.name]))
        else:
            st.caption("The embeddings were given: no views are made, and no encoder runs.")
            if session_uploads().steps_of(recipe.data.dataset):
                control("encoder", options=list(encoder_titles()), titles=encoder_titles())
        _group("Share", "share", share)
        st.button("Reset", icon=":material/restart_alt:", on_click=_reset, key="reset")
        cost()
    if beside is not None:
        form_is_drawn(lambda: (_says(), beside()))


def _says() -> tuple[object, ...]:
    """What the form says, but for the places of its numbers and of the dot on its square, and for the code."""
    recipe, numbers = state.recipe(), {parameter.name: parameter for parameter in _numbers()}
    method, shown = recipe.method, st.session_state
    values = {name: getattr(method, name) for name in numbers}
    return (
        recipe.inputs,
        [getattr(method, part.name) for part in fields(method) if part.name not in numbers],
        [slider_ends(numbers[name], value) for name, value in values.items()],
        # A number that something else changed took its slider's place from it.
        [shown.get(state.widget_key(Recipe.key_of(numbers[name]))) == value for name, value in values.items()],
        state.notices(),
    )


def _group(name: str, icon: str, draw: Callable[[], None], *, note: str = "", open_at_first: bool = False) -> None:
    """A part of the form that can be folded; a folded one draws nothing, which keeps every run short."""
    label = f"{name} · {note}" if note else name
    key = f"group-{name.split()[0].lower()}"
    with st.expander(label, open_at_first, icon=f":material/{icon}:", key=key, on_change="rerun") as group:
        if group.open:
            draw()


def _method(method: Method) -> None:
    control("method", titles=_method_titles())
    control("eps")
    _square()
    control("hold", titles=_TITLES)
    if (held := state.recipe().method.hold) in HOLDS:
        st.caption(HOLDS[held])
    st.caption(method.summary)
    for parameter in _numbers():
        if parameter != EPSILON:
            control(Recipe.key_of(parameter))
    if (are := state.recipe().method.columns_are) in COLUMN_COUNTS:
        if are == "prototypes":
            prototypes_control()
        else:
            control(are)
        st.caption(COLUMNS[are])
    control("vs", titles=_method_titles() | _TITLES)
    if state.recipe().method.reference != NOTHING:
        _beside()
    with st.popover(
        "Formula and source", icon=":material/function:", type="tertiary", key="formula", on_change="rerun"
    ) as formula:
        if formula.open:
            _formula(method)


@follower("constraints", lambda: taus_of(state.recipe()))
def _square() -> None:
    """The dot moves with the temperature where a constraint is soft."""
    constraint_control()


def _beside() -> None:
    """The dials of the plan beside, which may be another plan of the same method."""
    with st.popover("Its dials", icon=":material/tune:", type="tertiary", key="beside", on_change="rerun") as dials:
        if dials.open:
            for dial in ("vs_hold", "vs_kernel", "vs_cost"):
                control(dial, titles=_TITLES)


def _formula(method: Method) -> None:
    st.markdown(f"**{method.title}**")
    for part in method.formula.split(r",\quad "):  # a line each, so that they fit a phone
        st.latex(part)
    st.caption(method.citation)


def _numbers() -> tuple[Parameter, ...]:
    """The numbers of what was chosen; those of the method itself where its dials do not go together."""
    method = state.recipe().method
    try:
        return method.parameters
    except InputError:
        return METHODS[method.name].parameters


def _layout_and_target(method: Method) -> None:
    control("layout", options=(AUTO, *method.layouts), titles=_TITLES)
    for dial in ("kernel", "cost", "columns"):
        control(dial, titles=_TITLES)
    chosen = state.recipe().method
    control("target", options=(AUTO, *targets_of(chosen.columns_are)), titles=_TITLES)
    if chosen.aim == "domain":
        control("prior", kind=st.segmented_control)
    for parameter in target_parameters(chosen):
        control(Recipe.key_of(parameter))
    if chosen.aim in TARGETS and (chosen.target != AUTO or chosen.aim != _USUAL_TARGET):
        st.caption(TARGETS[chosen.aim])
    if chosen.aim == "relation":
        _suggest_views()
    control("sample_by", titles=_TITLES)
    for parameter in chosen.of_samples:
        control(Recipe.key_of(parameter))
    if chosen.own_by != SAMPLE.default:
        st.caption(SAMPLE_BY[chosen.own_by])


def _suggest_views() -> None:
    """A relation is learnt where view 2 shows more than view 1."""
    recipe, title = state.recipe(), VIEWS[RELATION_VIEWS].title
    if recipe.views.preset == RELATION_VIEWS or load_dataset(recipe.data.dataset).embeddings is not None:
        return
    st.button(
        f"Use the views “{title}”",
        icon=":material/flip:",
        help="ReSSL relates what a strongly changed view sees to what a weakly changed one does.",
        key="relation-views",
        on_click=lambda: state.report(state.update(views=RELATION_VIEWS)),
    )


def _batch(dataset: Dataset) -> None:
    titles = {name: info.title for name, info in DATASETS.items()}
    titles |= {name: load_dataset(name).title for name in session_uploads().data}
    control("data", options=list(titles), titles=titles)
    st.page_link("gca_viz/ui/pages/bring/bring.py", label="Bring your own", icon=":material/upload_file:")
    control("by")
    if state.recipe().data.mode == "chosen":
        control("images")
        return
    left, right = st.columns(2)
    with left:
        control("n")
    with right:
        control("seed")
    control("split")
    control("classes", options=dataset.class_names, titles=dataset.titles)
    if len(dataset.domain_names) > 1:
        control("domains", options=dataset.domain_names, titles=dataset.titles)
    st.caption("Pictures: " + "; ".join(dict.fromkeys(dataset.attribution)) + ".")


def _views(dataset: Dataset) -> None:
    chosen = VIEWS[state.recipe().views.preset]
    control("views", titles={name: view.title for name, view in VIEWS.items()})
    st.caption(chosen.description)
    if chosen.cross_domain and len(dataset.domain_names) > 1:
        control("partner_domains", options=dataset.domain_names, titles=dataset.titles)
    control("strength")
    control("viewseed")
    if not chosen.words:
        control("m")
        control("reduce", titles=REDUCED)


def _encoder() -> None:
    recipe = state.recipe().encoder
    control("encoder", options=list(encoder_titles()), titles=encoder_titles())
    control("output", options=outputs_of(recipe.name))
    content = bundled_card(recipe.name)
    measured = content.get("held_out", {}).get(recipe.output, {})
    accuracies = [f"{what} {percent(measured[key])}" for key, what in _MEASURED.items() if key in measured]
    if accuracies:
        st.caption(f"On {held_out_families(content)}: {', '.join(accuracies)}.")
    card(content)


def _reset() -> None:
    state.replace(FIRST_SCREEN)


def encoder_titles() -> dict[str, str]:
    """Encoders that this session can choose: name → title; its own in front, then those that suit the data."""
    cards, data = bundled_encoders(), state.recipe().data.dataset
    suits = DATASETS[data].encoder if data in DATASETS else ""

    def place(name: str) -> tuple[bool, bool]:
        of = cards[name].get("data", {})
        return name != suits, data not in (of.get("name"), *of.get("content_ids", ()))

    titles = {name: cards[name].get("title", name) for name in sorted(cards, key=place)}
    for run, epochs in bundled_runs().items():
        titles |= {name: f"{titles.get(run, run)}, epoch {epoch}" for epoch, name in epochs.items()}
    mine = session_uploads()
    if steps := mine.steps_of(data):
        return steps
    return {name: title for name, title in mine.encoders.items() if not recorded(name)} | titles


@lru_cache(maxsize=1)
def _method_titles() -> dict[str, str]:
    return {name: f"{name} · {method.title}" for name, method in METHODS.items()}
