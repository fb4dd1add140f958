"""How an experiment is written down: a CSV, a figure, and a paragraph that says no more than the numbers do."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image
from scipy import stats

PLACE = Path("docs") / "paper"
SIZE = 900, 420  # pixels of a figure
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its 95 % interval (Student's t).

    Attributes:
        mean, half: the interval is mean ± half; ``half`` is NaN with one value.
        values: of each seed.
    """

    mean: float
    half: float
    values: tuple[float, ...]

    @classmethod
    def of(cls, values) -> Estimate:
        """From one value per seed."""
        values = tuple(float(value) for value in values)
        if len(values) < 2:
            return cls(values[0], float("nan"), values)
        quantile = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)
        return cls(float(np.mean(values)), float(quantile * stats.sem(values)), values)

    def __str__(self) -> str:
        return f"{self.mean:.3f}" + ("" if np.isnan(self.half) else f" ± {self.half:.3f}")


def write(
    name: str, table: pd.DataFrame, told: pd.DataFrame, figure: go.Figure, title: str, command: str, paragraph: str
) -> None:
    """Write ``docs/paper/<name>`` as .csv, .png and .md.

    Args:
        name: of the experiment.
        table: one row per case.
        told: the part of it that stands on the page.
        figure: without a title; the page has one.
        title: of the page.
        command: that made it.
        paragraph: what the numbers say.
    """
    PLACE.mkdir(parents=True, exist_ok=True)
    table.to_csv(PLACE / f"{name}.csv", index=False, float_format="%.5g")
    picture(figure, PLACE / f"{name}.png")
    lines = [f"# {title}", "", paragraph, "", f"![{title}]({name}.png)", "", markdown(told), ""]
    lines += [f"`{command}`; the numbers: [{name}.csv]({name}.csv).", ""]
    (PLACE / f"{name}.md").write_text("\n".join(lines), "utf-8")
    print(paragraph)


def markdown(table: pd.DataFrame) -> str:
    """A table as Markdown, numbers with three decimals."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "" if np.isnan(value) else f"{value:.3f}"
        return str(value)

    rows = [list(table.columns), ["---"] * table.shape[1]]
    rows += [[cell(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def picture(figure: go.Figure, path: Path) -> None:
    """Draw a figure with the Chromium that the tests use."""
    from playwright.sync_api import sync_playwright

    width, height = SIZE[0], figure.layout.height or SIZE[1]
    figure.update_layout(
        template="plotly_white",
        width=width,
        height=height,
        margin={"l": 70, "r": 20, "t": figure.layout.margin.t or 30, "b": 60},
    )
    page_of = figure.to_html(include_plotlyjs=True, config={"displayModeBar": False, "showSendToCloud": False})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_content(page_of)
        page.wait_for_selector(".main-svg")
        page.locator(".js-plotly-plot").screenshot(path=path)
        browser.close()
    # A third of the bytes, and no pixel that an eye tells from what it was.
    with Image.open(path) as drawn:
        drawn.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
