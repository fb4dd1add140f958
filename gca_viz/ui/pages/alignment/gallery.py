"""The images behind the cells that are worth a look."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.notable_pairs import notable_pairs
from gca_viz.metric import percent
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.session import state
from gca_viz.ui.session.page_result import MatrixSide, PageResult


def gallery(result: PageResult) -> None:
    """Draw each kind of notable pairs as pairs of images; a button picks the cell in the matrices."""
    plan = result.shown(result.plan)
    st.caption(
        f"Notable pairs: cells of the plan of {result.recipe.method.name}; a button picks the cell on every page."
    )
    for kind in notable_pairs(plan, engine.labels_of(result.recipe.inputs, result.recipe.method)):
        st.markdown(f"**{kind.title}.** {kind.explanation}")
        with st.container(horizontal=True, gap="small"):
            for (row, column), value in zip(kind.cells, kind.values, strict=True):
                with st.container(width=118, gap=None):
                    both: dict[MatrixSide, int] = {"row": row, "column": column}
                    pictures(
                        [result.picture(*side) for side in both.items()],
                        [result.side_described(*side) for side in both.items()],
                        width=56,
                    )
                    st.button(
                        f"{row} → {column} · {_text(value, kind.unit)}",
                        key=f"notable-{kind.title}-{row}-{column}",
                        help=f"{_name(result, row, 'row')} → {_name(result, column, 'column')}: "
                        f"{_text(value, kind.unit)} {kind.unit}",
                        on_click=_pick,
                        args=(row, column),
                        type="tertiary",
                    )


def _pick(row: int, column: int) -> None:
    state.update(i=row, j=column)


def _name(result: PageResult, index: int, side: MatrixSide) -> str:
    return plain(result.side_name(side, index))


def _text(value: float, unit: str) -> str:
    return f"{value:.1f} ×" if unit.startswith("×") else percent(value, 1)
