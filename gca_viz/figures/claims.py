"""Claims as figures: how many came out how, and effects with their intervals, a line each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from gca_viz.experiments.claims import NOT_SHOWN, REFUTED, SHOWN, Claim
from gca_viz.palette import ATTRACTION, REFERENCE, REPULSION

#: verdict → its colour and its marker, so that neither is needed to tell them apart
LOOKS = {SHOWN: (ATTRACTION, "circle"), NOT_SHOWN: (REFERENCE, "circle-open"), REFUTED: (REPULSION, "x")}
_LINE = 20  # pixels of a claim


def whiskers(numbered: Sequence[tuple[int, Claim]]) -> go.Figure:
    """Dots and whiskers, the first claim on top.

    Args:
        numbered: each claim with the number by which it is called; all of one unit.
    """
    order = [str(number) for number, _ in numbered]
    figure = go.Figure()
    for verdict, (colour, symbol) in LOOKS.items():
        own = [(number, claim) for number, claim in numbered if claim.verdict == verdict]
        figure.add_scatter(
            x=[claim.effect for _, claim in own],
            y=[str(number) for number, _ in own],
            error_x={
                "array": [_length(claim.high, claim.effect) for _, claim in own],
                "arrayminus": [_length(claim.effect, claim.low) for _, claim in own],
                "thickness": 1.6,
                "width": 3,
                "color": colour,
            },
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 9},
            name=verdict,
            customdata=[[claim.claim, effect_of(claim)] for _, claim in own],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra>%{fullData.name}</extra>",
            showlegend=bool(own),
        )
    figure.add_vline(x=0, line={"color": REFERENCE, "width": 1.5})
    unit = numbered[0][1].unit if numbered else ""
    figure.update_xaxes(title=f"effect ({unit})", zeroline=False)
    figure.update_yaxes(
        title="no. in the table",
        type="category",
        categoryorder="array",
        categoryarray=order[::-1],
        range=[-0.7, len(order) - 0.3],
        dtick=1,
    )
    return figure.update_layout(
        height=_LINE * len(order) + 130,
        margin={"l": 50, "r": 10, "t": 40, "b": 50},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )


def tally(claims: Sequence[Claim]) -> go.Figure:
    """How many claims of each experiment came out how: a bar each, its counts behind it in the legend's order."""
    experiments = list(dict.fromkeys(claim.experiment for claim in claims))
    counts_of = {
        verdict: [sum(c.experiment == name and c.verdict == verdict for c in claims) for name in experiments]
        for verdict in LOOKS
    }
    figure = go.Figure()
    for verdict, (colour, _) in LOOKS.items():
        counts = counts_of[verdict]
        figure.add_bar(
            x=counts,
            y=experiments,
            orientation="h",
            name=verdict,
            marker={"color": colour},
            hovertemplate=f"%{{y}}: %{{x}} {verdict}<extra></extra>",
            showlegend=any(counts),
        )
    per_experiment = list(zip(*counts_of.values(), strict=True))
    longest = max(map(sum, per_experiment), default=1)
    figure.add_scatter(
        x=[sum(counts) for counts in per_experiment],
        y=experiments,
        mode="text",
        text=[" " + " · ".join(map(str, counts)) for counts in per_experiment],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_xaxes(title="claims", range=[0, longest * 1.3])
    figure.update_yaxes(title="experiment", autorange="reversed", automargin=True)
    return figure.update_layout(
        barmode="stack",
        height=44 * len(experiments) + 130,
        margin={"l": 10, "r": 10, "t": 40, "b": 50},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )


def effect_of(claim: Claim) -> str:
    """The effect with its interval, as a person writes it: ``−0.048 (−0.061 … −0.035)``."""
    if math.isnan(claim.low):
        return f"{_signed(claim.effect)} (one seed, no interval)"
    return f"{_signed(claim.effect)} ({_signed(claim.low)} … {_signed(claim.high)})"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−") if round(value, 3) else "0.000"


def _length(high: float, low: float) -> float:
    return 0.0 if math.isnan(high - low) else high - low
