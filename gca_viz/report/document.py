"""What every report is: one HTML file that asks no server for anything, and a zip with the numbers beside it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from gca_viz.datasets import load_dataset
from gca_viz.experiments.compare.candidates import label_of
from gca_viz.experiments.environment import environment
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.files.strict_json import strict_json
from gca_viz.palette import LEGEND_CSS, css

# Nothing may be fetched, whatever the file holds.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_CONFIG = {"displaylogo": False, "showSendToCloud": False, "responsive": True}

Content = str | bytes
Body: TypeAlias = str | go.Figure | Sequence["str | go.Figure"]


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        title: its heading.
        caption: a sentence below it, as text; empty for none.
        body: HTML, a figure, or several of both; figures that follow each other stand side by side.
    """

    title: str
    caption: str
    body: Body


@dataclass(frozen=True, eq=False)
class Report:
    """What a recipe comes to, as files that need nothing else.

    Attributes:
        title: of the page, as a browser's tab shows it.
        headline: what there is to see, in one sentence.
        sections: the page from top to bottom; what it was made with follows by itself.
        recipe: what makes it again; ``parts`` are those of it that the page tells.
        command, code: a shell line and Python that compute the same; empty where there are none.
        values: numbers that a program may want to read out of the page.
        files: name in the zip → makes its content.
    """

    title: str
    headline: str
    sections: tuple[Section, ...]
    recipe: Recipe
    parts: tuple[str, ...]
    command: str
    code: str
    values: Mapping[str, Any]
    files: Mapping[str, Callable[[], Content]]

    def html(self, made: date | None = None) -> str:
        """The page.

        Args:
            made: the date to write; today's if left out.
        """
        again = "".join(f"<pre>{escape(text)}</pre>" for text in (self.command, self.code) if text)
        sections = (
            *self.sections,
            Section(
                "Recipe",
                "What differs from the default is marked.",
                facts(*recipe_rows(self.recipe, self.parts)),
            ),
            Section("Made with", "", facts(environment() | {"date": str(made or date.today())})),
            Section("The same again", "", again),
        )
        return _TEMPLATE.format(
            policy=_POLICY,
            title=escape(self.title),
            style=css() + LEGEND_CSS + Path(__file__).with_name("page.css").read_text("utf-8"),
            plotly=get_plotlyjs(),
            headline=escape(self.headline),
            body="".join(_section(number, section) for number, section in enumerate(sections)),
            data=self._embedded(),
        )

    def zip(self) -> bytes:
        """An archive of the page, the numbers behind its figures, and what makes them again."""
        files = {"report.html": self.html()} | {name: make() for name, make in self.files.items()}
        files["recipe.json"] = self.recipe.to_json()
        files |= {"recipe.py": self.code} if self.code else {}
        files["command.txt"] = f"{self.command}\n"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return buffer.getvalue()

    def _embedded(self) -> str:
        values = {
            "recipe": json.loads(self.recipe.to_json()),
            **self.values,
            "command": self.command,
            "environment": environment(),
        }
        text = strict_json(values)
        return text.replace("<", "\\u003c")  # no text can close the element


def facts(rows: Mapping[str, str], changed: Collection[str] = ()) -> str:
    """Label → text as a table."""
    marks = {label: ' class="changed"' if label in changed else "" for label in rows}
    lines = (f"<tr{marks[k]}><th>{escape(k)}</th><td>{escape(text)}</td></tr>" for k, text in rows.items())
    return f"<table>{''.join(lines)}</table>"


def recipe_rows(recipe: Recipe, parts: Collection[str]) -> tuple[dict[str, str], set[str]]:
    """Label and name in a link → value of each field of some parts, and which of them differ from the default."""
    texts = json.loads(recipe.to_json()) | {
        "data": load_dataset(recipe.data.dataset).title,
        "encoder": label_of(recipe.encoder.name),
        "encoders": ",".join(map(label_of, recipe.compare.encoders)),
        "with": label_of(recipe.compare.second),
    }
    shown = [
        item.metadata["key"] for part in parts for item in fields(getattr(recipe, part)) if "key" in item.metadata
    ]
    names = {key: f"{recipe.spec(key).label} ({key})" for key in shown}
    changed = names.keys() & recipe.to_query().keys()
    return {name: texts[key] for key, name in names.items()}, {names[key] for key in changed}


def _section(number: int, section: Section) -> str:
    body = section.body
    kind = f' class="{body.data[0].type}"' if isinstance(body, go.Figure) else ""
    items = [body] if isinstance(body, (go.Figure, str)) else body
    alone = isinstance(body, go.Figure)
    html, together = "", 0
    for place, item in enumerate(items):
        if isinstance(item, str):
            html += "</div>" * bool(together) + item
            together = 0
            continue
        if not alone and not together:
            html += '<div class="figures">'
        together += not alone
        figure = item.update_layout(template="plotly_white")
        name = f"figure-{number}" + f"-{place}" * (not alone)
        html += figure.to_html(full_html=False, include_plotlyjs=False, config=_CONFIG, div_id=name)
    html += "</div>" * bool(together)
    caption = f'<p class="caption">{escape(section.caption)}</p>' if section.caption else ""
    return f"<section{kind}><h2>{escape(section.title)}</h2>{caption}{html}</section>\n"


_TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}
</style>
<script>{plotly}</script>
</head>
<body>
<main>
<h1>{headline}</h1>
{body}
</main>
<script type="application/json" id="gca-viz">{data}</script>
<script>
// A figure was drawn before those beside it, with more room than it has now.
addEventListener("load", () => document.querySelectorAll(".js-plotly-plot").forEach((plot) =>
  Plotly.Plots.resize(plot)));
</script>
</body>
</html>
"""
