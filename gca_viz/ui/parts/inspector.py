"""The images behind a cell of the plan."""

from __future__ import annotations

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from gca_viz.experiments.plan.summary import NO_PAIRS, least_matched_pair
from gca_viz.transport import Plan
from gca_viz.ui.known import known
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.headings import section
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.parts.tables import text_table
from gca_viz.ui.session import state
from gca_viz.ui.session.page_result import MatrixSide, PageResult

_TOP = 8
_COLUMNS = {"views": "view 2", "queue": "view 2, queue", "prototypes": "prototypes"}


def inspector(result: PageResult) -> None:
    """Draw both images of the picked cell, its numbers, and the top partners of its row and column."""
    plan = result.shown(result.plan)
    pick = row, column = pair_on_screen(result)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        section(_title(result, plan))
        sides = ("view 1", _COLUMNS[result.recipe.method.columns_are])
        if result.pairing.layout == "joint":
            sides = ("both views", "both views")
        _number("row", f"Row i ({sides[0]})", pick, plan.problem.shape[0], picked=result.pick is not None)
        _number("column", f"Column j ({sides[1]})", pick, plan.problem.shape[1], picked=result.pick is not None)
        st.button(
            "Its partner" if result.pairing.paired else "Its target",
            help="Go to the column of the row’s partner."
            if result.pairing.paired
            else "Go to the prototype that the row’s target wants most.",
            on_click=_go,
            args=(row, result.wanted(row)),
            key="inspector-partner",
        )
    if result.pick is None:
        st.caption("Click a cell of a matrix or a point of a map, or type row and column.")
    left, middle, right = st.columns([1, 1, 2])
    places: tuple[tuple[DeltaGenerator, MatrixSide, int], ...] = (left, "row", row), (middle, "column", column)
    for place, side, index in places:
        with place.container(key=f"picture-{side}"):
            _picture(result, index, side)
    with right:
        if torch.isinf(plan.cost[row, column]):
            st.info(_excluded(plan, row, column), icon=":material/block:")
        else:
            text_table(_numbers(result, row, column))
    _strip(result, f"To which columns row {row} sends its mass", plan.matrix[row], "column", row)
    _strip(result, f"From which rows column {column} receives its mass", plan.matrix[:, column], "row", column)


def _title(result: PageResult, plan: Plan) -> str:
    if result.pick is not None:
        return "Picked pair"
    return "Row of the largest loss" if plan.without_pairs else "Weakest pair"


def _excluded(plan: Plan, row: int, column: int) -> str:
    if int(known(plan.pairing).partner[row]) == column:
        return f"A pair, whose cell is excluded. {NO_PAIRS}"
    return "A view is never matched with itself: this cell is excluded."


def pair_on_screen(result: PageResult) -> tuple[int, int]:
    """The picked row and column, or the least matched pair."""
    if result.pick is not None:
        return result.pick
    return least_matched_pair(result.shown(result.plan))


def _number(side: MatrixSide, label: str, pair: tuple[int, int], count: int, *, picked: bool) -> None:
    """A number box for one side of a pair.

    Its key names the matrix's size, so that no box outlives its bounds, and, until the user picks, the number
    itself: the least matched pair changes with every slider, and an interrupted run must not look like typing.
    """
    value = pair[side == "column"]
    key = f"inspector-{side}-{count}" if picked else f"inspector-{side}-{count}-least-{value}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    st.number_input(label, 0, count - 1, step=1, key=key, width=150, on_change=_typed, args=(key, side, pair))


def _typed(key: str, side: MatrixSide, pair: tuple[int, int]) -> None:
    typed = st.session_state.get(key)
    if typed is not None and typed != pair[side == "column"]:
        _go(*((typed, pair[1]) if side == "row" else (pair[0], typed)))


def _go(row: int, column: int) -> None:
    state.update(i=row, j=column)


def _picture(result: PageResult, index: int, side: MatrixSide) -> None:
    pairing = result.pairing
    sample, view = int(getattr(pairing, f"{side}_sample")[index]), int(getattr(pairing, f"{side}_view")[index])
    name, colour = plain(result.name(sample, view)), "blue" if side == "row" else "orange"
    shown = "" if result.further.is_prototype(sample) else f", view {view + 1}"
    heading = f":{colour}[**{side.capitalize()} {index}{shown}**]"
    caption = f"{heading}  \n**{name}**  \n{plain(result.label(sample, view))}"
    if text := result.text(sample, view):
        caption += f"  \n{plain(text)}"
    if credit := result.credit(sample, view):
        caption += f"  \n:small[:gray[{plain(credit)}]]"
    pictures([result.picture(side, index)], [result.described(sample, view)], [caption], width=160)


def _numbers(result: PageResult, row: int, column: int) -> dict[str, dict[str, str]]:
    """Cosine, kernel, mass, rank, target and force of a cell, by plan."""
    table = {}
    for name, full in result.names.items():
        plan = result.shown(full)
        mass = plan.matrix[row]
        cost, kernel = float(plan.cost[row, column]), plan.problem.kernel
        cosines = plan.parts[0].cost_name == "cosine"
        slope = "/ε" if kernel.is_gibbs else "·dE/dC"
        weighs = "exp(−C/ε)" if kernel.is_gibbs else kernel.name
        weighs += "" if plan.problem.log_weights is None else " · w"
        table[name] = {
            "partners?": "yes" if int(result.pairing.partner[row]) == column else "no",
            "cosine" if cosines else "distance C": f"{1 - cost if cosines else cost:.3f}",
            f"kernel {weighs}": f"{float(plan.kernel[row, column]):.3g}",
            "mass P": f"{float(mass[column]):.3g}",
            "share of the row": f"{100 * float(mass[column] / mass.sum()):.2g} %",
            "rank in the row": f"{int((mass > mass[column]).sum()) + 1} of {len(mass)}",
            "target": f"{float(known(plan.target)[row, column]):.3g}",
            f"force (target − P){slope}": f"{float(plan.force[row, column]):+.3g}",
        }
    return table


def _strip(result: PageResult, title: str, mass: torch.Tensor, side: MatrixSide, anchor: int) -> None:
    """The partners with the most mass, left to right."""
    pairing = result.pairing
    best = torch.topk(mass, min(_TOP, len(mass))).indices.tolist()
    partner = int((pairing.partner if side == "column" else pairing.row_of_column)[anchor])  # −1 for nobody
    st.markdown(f"**{title}**")
    captions = [
        f"{index} · {float(mass[index]):.3f}" + ("  \npartner" if index == partner else "") for index in best
    ]
    images = [result.picture(side, index) for index in best]
    pictures(images, [result.side_described(side, index) for index in best], captions, width=84)
