"""The page Transfer, put together from its panels."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.datasets import DATASETS, load_dataset
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.field import AUTO
from gca_viz.experiments.transfer.groups import domains_of
from gca_viz.experiments.transfer.result import TransferResult, transfer_of
from gca_viz.experiments.transfer.words import caption, distance_caption, distance_sentence, headline
from gca_viz.report.transfer_parts import accuracy_figure, distance_figure, plan_figure, ways_table
from gca_viz.ui.elements.chart import chart, clickable_chart
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.transfer.downloads import transfer_downloads
from gca_viz.ui.pages.transfer.images import images
from gca_viz.ui.parts.headings import section, title
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.page import notices
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.parts.tables import number_table
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state
from gca_viz.ui.session.cancellable import cancellable
from gca_viz.ui.session.uploads import session_uploads

_KINDS = {
    "domain": "two domains",
    "split": "training and held-out",
    "labelled": "labelled and unlabelled",
    "data": "two data sets",
}
_THINGS = {"same": "the same in both", "other": "other ones"}


def transfer(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    notices(state.notices())
    problem = state.take_problem()
    if problem is not None:
        st.error(plain(f"{problem} Nothing was changed."), icon=":material/error:")
    _controls()
    body = st.container()
    recipe = state.recipe()
    seconds = 0.0
    with body:
        try:
            found = cancellable(
                "transfer",
                (recipe.data, engine.as_it_is(recipe.encoder), recipe.method.epsilon, recipe.transfer),
                lambda report_progress: transfer_of(recipe, progress=report_progress),
            )
        except InputError as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            if found is not None:
                seconds = found.seconds
                title(headline(found), heading)
                _draw(found)
    sidebar(seconds)
    state.write_link()


def _controls() -> None:
    """Which sets; a choice that plays no part is not shown."""
    recipe = state.recipe()
    dataset, kind = load_dataset(recipe.data.dataset), recipe.transfer.sets
    with st.container(horizontal=True, vertical_alignment="bottom", key="transfer-controls"):
        control("sets", titles=_KINDS)
        if kind == "domain" and len(dataset.domain_names) > 1:
            names = (AUTO, *dataset.domain_names)
            try:
                source, receiver = domains_of(recipe, dataset)
            except InputError:
                source = receiver = ""
            for key, name in (("from", source), ("to", receiver)):
                chosen = f"automatic: {dataset.titles.get(name, name)}" if name else "automatic"
                control(key, options=names, titles={**dataset.titles, AUTO: chosen})
            if dataset.shares_identities:
                control("things", titles=_THINGS, kind=st.segmented_control)
        elif kind == "labelled":
            control("labelled")
        elif kind == "data":
            titles = {name: info.title for name, info in DATASETS.items()}
            titles |= {name: load_dataset(name).title for name in session_uploads().data}
            control("other", options=[name for name in titles if name != recipe.data.dataset], titles=titles)
        about("transfer")


def _draw(found: TransferResult) -> None:
    st.markdown(distance_sentence(found))
    left, right = st.columns(2, gap="medium")
    with left:
        section("Classes handed on")
        number_table(ways_table(found))
        chart(accuracy_figure(found), key="transfer-accuracy", alt=headline(found))
    with right:
        section("How far apart")
        clickable_chart(
            distance_figure(found),
            "transfer-distances",
            lambda point: _go(found, *point["customdata"]),
            distance_sentence(found),
        )
        st.caption(distance_caption() + (" A click on a cell chooses its two domains." * _by_domain(found)))
    st.caption(caption(found))
    section("The plan")
    chart(
        plan_figure(found),
        key="transfer-plan",
        alt=f"Plan of {len(found.lent)} rows and {len(found.truth)} columns, ordered by class",
    )
    st.caption(
        f"{len(found.lent)} rows, {len(found.truth)} columns, both ordered by class; every row sends 1, every "
        f"column receives {len(found.lent) / len(found.truth):.3g}. The plan is not told which of them show the "
        "same thing."
    )
    section("Where plan and neighbour differ")
    images(found)
    transfer_downloads(found)


def _by_domain(found: TransferResult) -> bool:
    return found.recipe.transfer.sets == "domain"


def _go(found: TransferResult, row: int, column: int) -> None:
    """The domains of a cell become the two sets."""
    if not _by_domain(found) or row == column:
        return
    dataset = load_dataset(found.recipe.data.dataset)
    names = {dataset.titles.get(name, name): name for name in dataset.domain_names}
    labels = [str(label) for label in found.distances]
    state.report(state.update(**{"from": names[labels[row]], "to": names[labels[column]]}))
