"""The page Family, put together from its panels."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.errors import InputError
from gca_viz.experiments.family.frame import family_csv
from gca_viz.experiments.family.miniature import Miniature, miniature_of
from gca_viz.experiments.family.relative import Relative
from gca_viz.experiments.family.rows import FAMILY, of_recipe
from gca_viz.experiments.plan import engine
from gca_viz.ui.elements.chart import is_dark
from gca_viz.ui.elements.loss_table import Cell, chosen, loss_table
from gca_viz.ui.pages.family.one_dial import one_dial
from gca_viz.ui.pages.family.outside import outside, readings
from gca_viz.ui.pages.family.table import HEADS, SORTS, Pictures, cells, filters, fits, in_order, row
from gca_viz.ui.pages.family.two import two
from gca_viz.ui.pages.family.workbench import go_if_asked, open_in_workbench
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.parts.headings import section, title
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.page import notices
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.session import state
from gca_viz.ui.session.current_result import current_result
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.session.progress import progress_bar
from gca_viz.views import VIEWS

_TABLE, _MADE = "loss-table", "family-views-made"
SIDES = {"A": "loss_a", "B": "loss_b"}
Found = dict[str, Miniature | InputError | None]


def family(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    go_if_asked()
    notices(state.notices())
    result = current_result(beside=False)
    found = _miniatures(result)
    title(_headline(result, found), heading)
    st.markdown(
        "Each loss is a setting of six dials. Its pictures show what it makes of the batch on this page. "
        "A click on its name opens it in the workbench; A and B choose [two to compare](#two-losses)."
    )
    wanted, by = _controls()
    _table(result, found, wanted, by)
    sidebar(result.seconds)
    first, second = (FAMILY[st.session_state[key]] for key in SIDES.values())
    section("Two losses", anchor="two-losses")
    two(result, first, second)
    section("One dial turned")
    one_dial(result, first)
    section("What the dials do not give")
    outside(result)
    section("Read from a plan")
    readings()
    state.write_link()
    _make_views(result, found)


def _controls() -> tuple[list[str], str]:
    """Filter, order and the two that are compared; the address names all four."""
    _choose_sides()
    with st.container(horizontal=True, key="family-controls", vertical_alignment="bottom"):
        wanted = st.multiselect(
            "Only", filters(), key="dials", bind="query-params", placeholder="all losses", width="stretch"
        )
        by = st.selectbox("Order by", SORTS, key="sorted_by", bind="query-params", width=180)
        about("family")
    return wanted, by


def _choose_sides() -> None:
    """Which two are compared: those of the address, or that of the workbench beside InfoNCE or GCA-INCE."""
    first = of_recipe_or_none() or "ince"
    usual = dict(zip(SIDES.values(), (first, "gca-ince" if first != "gca-ince" else "ince"), strict=True))
    for key, name in usual.items():
        if st.session_state.get(key) not in FAMILY:
            asked = st.query_params.get(key)
            st.session_state[key] = asked if asked in FAMILY else name
    if any(st.session_state[key] != name for key, name in usual.items()):
        st.query_params.update({key: st.session_state[key] for key in usual})


def of_recipe_or_none() -> str | None:
    """The name of the loss that the workbench shows, where it has one."""
    try:
        relative = of_recipe(state.recipe())
    except InputError:
        return None
    return relative.name if relative else None


def _table(result: PageResult, found: Found, wanted: list[str], by: str) -> None:
    names = [name for name in in_order(FAMILY, by, found) if fits(FAMILY[name], wanted)]
    if not names:
        st.info("No loss stands there. Take a filter out.", icon=":material/info:")
        return
    pictures, here = Pictures(is_dark()), of_recipe_or_none()
    rows = []
    for name in names:
        mini = found[name]
        made: list[Cell] | InputError | None = (
            cells(FAMILY[name], mini, _views(result, FAMILY[name]), pictures, by_class=by_class(result))
            if isinstance(mini, Miniature)
            else mini
        )
        picked = "".join(side for side, key in SIDES.items() if st.session_state[key] == name)
        rows.append(row(FAMILY[name], made, picked=picked, here=name == here))
    loss_table(rows, HEADS, pictures.addresses, key=_TABLE, on_choice=_pressed)
    file_button("This table (CSV)", partial(family_csv, result.recipe), "family.csv", "text/csv")


def _pressed() -> None:
    said = chosen(_TABLE)
    if said is None or said.name not in FAMILY:
        return
    if said.what == "open":
        open_in_workbench(FAMILY[said.name].on(state.recipe()))
    else:
        st.session_state[SIDES[said.what]] = said.name


def _miniatures(result: PageResult) -> Found:
    """Loss → its pictures, or why it has none, or None where its own views have not been made yet."""
    made: set[str] = st.session_state.setdefault(_MADE, set())
    progress, found = progress_bar(st.empty()), Found()
    for number, (name, relative) in enumerate(FAMILY.items()):
        recipe = relative.on(result.recipe)
        progress(number / len(FAMILY), f"Plan of {relative.title}")
        if recipe.inputs != result.recipe.inputs and repr(recipe.inputs) not in made:
            found[name] = None
            continue
        try:
            found[name] = miniature_of(recipe)
        except InputError as error:
            found[name] = error
    progress(1.0, "Done")
    return found


def _make_views(result: PageResult, found: Found) -> None:
    """Embed what the losses with views of their own need, now that all others are on screen, and draw them, too."""
    waiting = [FAMILY[name].on(result.recipe).inputs for name, mini in found.items() if mini is None]
    if not waiting:
        return
    progress = progress_bar(st.empty(), after=0.0)
    for inputs in waiting:
        with suppress(InputError):  # the row says it
            engine.embeddings_of(inputs, progress=progress)
        st.session_state[_MADE].add(repr(inputs))
    progress(1.0, "Done")
    st.rerun()


def _views(result: PageResult, relative: Relative) -> tuple[bytes, bytes] | None:
    """The picked pair, or the first, in the views of a loss."""
    sample = int(result.pairing.row_sample[result.pick[0]]) if result.pick else 0
    shown = PageResult(relative.on(result.recipe), result.plan, None, None, 0.0)
    return shown.portrait(sample, 0), shown.portrait(sample, 1)


def by_class(result: PageResult) -> bool:
    """Whether any of its class is a sample's partner."""
    return VIEWS[result.recipe.views.preset].partner == "class"


def _headline(result: PageResult, found: Found) -> str:
    minis = [mini for mini in found.values() if isinstance(mini, Miniature)]
    shares = [mini.class_mass if by_class(result) else mini.pair_mass for mini in minis]
    known = [100 * share for share in shares if share == share]
    if not known:
        return f"{len(FAMILY)} losses, six dials"
    where = "stays within the classes" if by_class(result) else "is on the pairs"
    least, most = f"{min(known):.0f} %", f"{max(known):.0f} %"
    span = least if least == most else f"from {least} to {most}"
    return f"{len(FAMILY)} losses on one batch: {span} of the mass {where}"
