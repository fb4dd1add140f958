"""The picked pair under A and under B."""

from __future__ import annotations

import streamlit as st
import torch

from gca_viz.metric import percent
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.inspector import inspector, pair_on_screen
from gca_viz.ui.parts.pictures import pictures

_TOP = 6


def pair(result: Compared) -> None:
    """Draw where the row sends its mass in A and in B, then the pair as on the Alignment page."""
    row, _ = pair_on_screen(result)
    partners(result, row)
    inspector(result)


def partners(result: Compared, row: int) -> None:
    """Draw the columns that receive most of a row's mass, A beside B."""
    partner = int(result.pairing.partner[row])
    for side, member, column in zip("AB", result.compared.pair, st.columns(2), strict=True):
        mass = result.shown(member.plan).matrix[row]
        mass = mass / mass.sum().clamp_min(1e-30)
        best = torch.topk(mass, min(_TOP, len(mass))).indices.tolist()
        rank = int((mass > mass[partner]).sum()) + 1
        with column, st.container(key=f"partners-{side.lower()}"):
            own = f" sends {percent(mass[partner])} to its partner** (rank {rank} of {len(mass)})"
            st.markdown(f"**{side} {member.label}: row {row}" + ("**" if member.plan.without_pairs else own))
            pictures(
                [result.picture("column", index) for index in best],
                [result.side_described("column", index) for index in best],
                [f"{index} · {percent(mass[index])}" + "  \npartner" * (index == partner) for index in best],
                width=76,
            )
