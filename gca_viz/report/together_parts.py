"""What page and report say of all candidates together: sentence, table, scatters with their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from gca_viz.experiments.compare.result import CompareResult
from gca_viz.experiments.compare.together import SAYS, Together, correlation_sentence
from gca_viz.figures.together import gain_scatter
from gca_viz.report.compare_parts import ALIKE_TITLES

#: what is averaged → what is gained
_GAINED = {"probe": "class, linear probe", "plan": "row top-1"}
CAPTION = (
    "Gain: what the mean of the members reaches, less what the best of them reaches alone, on the same samples, "
    "with its paired 95 % interval. The best is chosen on these very samples, which makes the gain look "
    "smaller rather than larger. Averaging helps where members err on different samples and each is about as good; "
    "beside a much weaker one the mean loses. Colour: by how much the two differ alone."
)


@dataclass(frozen=True)
class GainFigure:
    """Gain over one way to be alike.

    Attributes:
        key: of the figure on the page.
        sentence: what it shows, computed.
        figure: the scatter.
    """

    key: str
    sentence: str
    figure: go.Figure


def gain_figures(found: CompareResult, together: Together) -> Iterator[GainFigure]:
    """A scatter per number that is averaged: the probe over both kinds of CKA, the plans over shared mass."""
    a, b = (member.label for member in found.compared.pair)
    for name in together.gains:
        alike = SAYS[name][1]
        for way in (alike, f"{alike}_within"):
            if way not in together.pairs or together.pairs[way].isna().all():
                continue
            title = ALIKE_TITLES[way]
            yield GainFigure(
                f"gain-{name}-{way.replace('_', '-')}",
                correlation_sentence(together, name, way, title),
                gain_scatter(together.pairs, name, way, title=title, what=_GAINED[name], current=(a, b)),
            )


def gain_table(together: Together) -> pd.DataFrame:
    """A row per member and for all together, in plain text: value and interval."""
    frame = together.frame().set_index("contender")
    columns = {}
    for name in together.gains:
        metric = SAYS[name][0]
        columns[metric.label] = [
            metric.rounded(row[metric.name])
            + (
                f" ({metric.rounded(row[f'{metric.name}_low'])} to {metric.rounded(row[f'{metric.name}_high'])})"
                if pd.notna(row[f"{metric.name}_low"])
                else ""
            )
            for _, row in frame.iterrows()
        ]
    return pd.DataFrame(columns, index=list(frame.index))


def table_html(together: Together) -> str:
    """The table as HTML, fit for a narrow place."""
    html = gain_table(together).to_html(classes="pair-numbers", border=0, justify="left")
    return html.replace("<th></th>", "<td></td>", 1)
