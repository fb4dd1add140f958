"""One HTML file of a recipe's plan, which asks no server for anything."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from html import escape
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from gca_viz.experiments.command_line import command_line
from gca_viz.experiments.environment import environment
from gca_viz.experiments.outcome import Outcome
from gca_viz.experiments.python_code import python_code
from gca_viz.figures.convergence import convergence
from gca_viz.report.parts import facts, gallery, matrices, readings_table

# Nothing may be fetched, whatever the file holds.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_CONFIG = {"displaylogo": False, "showSendToCloud": False, "responsive": True}
_PARTS = ("data", "views", "encoder", "method", "display")

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Section:
    """A part of the page: a heading, a sentence below it, and HTML or a figure."""

    title: str
    caption: str
    body: str | go.Figure


def page(
    outcome: Outcome, *, command: str | None = None, made: date | None = None, progress: Tell | None = None
) -> str:
    """The whole page as text: figures, numbers, images, and how they were made.

    Args:
        outcome: what to show, at the half step that its recipe names.
        command: the line that makes it again; by default that of :func:`command_line`.
        made: the date to write; today's if left out.
        progress: called with the share done and what is being done.
    """
    command = command or command_line(outcome.recipe, "report")
    limits = outcome.limits(progress)
    verdicts = "".join(
        f"<p>{'Usable' if judged.usable else 'Not settled'}. <b>{escape(title)}</b>: {escape(judged.sentence)}</p>"
        for title, judged in outcome.verdicts(progress).items()
    )
    again = command, python_code(outcome.recipe)
    sections = [
        Section("Numbers", f"At half step {outcome.step} of {outcome.last_step}.", readings_table(outcome)),
        *(Section(*parts) for parts in matrices(outcome)),
        Section(
            "How the plans settle",
            "Half step 0 is the kernel; odd half steps set the rows, even ones the columns. Dotted: the limit.",
            convergence(outcome.names, step=outcome.step, limits=limits),
        ),
        Section("Is it usable?", "", verdicts),
        *(Section(*parts) for parts in gallery(outcome)),
        Section("Recipe", "What differs from the default is marked.", facts(*recipe_rows(outcome))),
        Section("Made with", "", facts(environment() | {"date": str(made or date.today())})),
        Section("The same again", "", "".join(f"<pre>{escape(text)}</pre>" for text in again)),
    ]
    return _TEMPLATE.format(
        policy=_POLICY,
        title=escape(f"gca-viz: {outcome.recipe.method.name}"),
        style=Path(__file__).with_name("page.css").read_text("utf-8"),
        plotly=get_plotlyjs(),
        headline=escape(outcome.headline),
        body="".join(_section(number, section) for number, section in enumerate(sections)),
        data=_embedded(outcome, command),
    )


def recipe_rows(outcome: Outcome) -> tuple[dict[str, str], set[str]]:
    """Label and name in a link → value of each field of the plan, and which of them differ from the default."""
    recipe, texts = outcome.recipe, json.loads(outcome.recipe.to_json())
    texts |= {"data": outcome.batch.dataset.title}
    shown = [
        item.metadata["key"] for part in _PARTS for item in fields(getattr(recipe, part)) if "key" in item.metadata
    ]
    names = {key: f"{recipe.spec(key).label} ({key})" for key in shown}
    changed = names.keys() & recipe.to_query().keys()
    return {name: texts[key] for key, name in names.items()}, {names[key] for key in changed}


def _section(number: int, section: Section) -> str:
    body, kind = section.body, ""
    if isinstance(body, go.Figure):
        kind = f' class="{body.data[0].type}"'
        body = body.update_layout(template="plotly_white")
        body = body.to_html(full_html=False, include_plotlyjs=False, config=_CONFIG, div_id=f"figure-{number}")
    caption = f'<p class="caption">{escape(section.caption)}</p>' if section.caption else ""
    return f"<section{kind}><h2>{escape(section.title)}</h2>{caption}{body}</section>\n"


def _embedded(outcome: Outcome, command: str) -> str:
    """What a program may want to read out of the page."""
    numbers = {
        name: {key: value if math.isfinite(value) else None for key, value in of.items()}
        for name, of in outcome.readings.items()
    }
    values = {
        "recipe": json.loads(outcome.recipe.to_json()),
        "readings": numbers,
        "half_step": outcome.step,
        "command": command,
        "environment": environment(),
    }
    return json.dumps(values, ensure_ascii=False).replace("<", "\\u003c")  # no text can close the element


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
</body>
</html>
"""
