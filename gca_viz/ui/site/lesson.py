"""A lesson as a page, where its numbers are those of plans that a browser can solve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby
from types import MappingProxyType
from typing import Any

from gca_viz.experiments.lessons import SMALL, STYLES, plan_of
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.parameter import Parameter
from gca_viz.ui.elements import board
from gca_viz.ui.pages.learn.boards import SIDE, result_of
from gca_viz.ui.pages.learn.lesson import Control, Lesson
from gca_viz.ui.pages.learn.lessons.only_down import ITERATIONS
from gca_viz.ui.pages.learn.lessons.slope import slope_recipe
from gca_viz.ui.pages.learn.lessons.target import TARGETS
from gca_viz.ui.parts.browser_plans import problem
from gca_viz.ui.parts.plan_board import PlanBoard
from gca_viz.ui.parts.widgets import number_text, slider_stops
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.site.document import document, packed, text_of
from gca_viz.ui.site.given import GIVEN, MADE, Given
from gca_viz.ui.site.words import formula, inline, to_html

_STYLES = STYLES.with_values(eps=0.2, vs="none")
_INCE = SMALL.with_values(method="ince", vs="none")
#: lesson → name of a plan of its board → its recipe; ``js/lessons/`` has the numbers that are read off them
ALIVE: Mapping[str, Mapping[str, Recipe]] = MappingProxyType(
    {
        "cosine": {"plan": SMALL},
        "half-step": {"plan": SMALL},
        "temperature": {"plan": _INCE},
        "force": {name: SMALL.with_values(method=name, vs="none") for name in ("ince", "gca-ince", "byol")},
        "target": {name: _STYLES.with_values(**values) for name, values in TARGETS.items()},
        "only-down": {"plan": SMALL.with_values(method="gca-uot", vs="none", iterations=ITERATIONS)},
        "relation": {"plan": SMALL.with_values(method="ince", vs="none", target="relation")},
        "slope": {name: slope_recipe(name) for name in ("gibbs", "student", "simo")},
        "unit": {hold: _INCE.with_values(hold=hold) for hold in ("nothing", "total", "rows", "both")},
    }
)
#: lessons that are pages
PAGES = frozenset({*ALIVE, *GIVEN})


@dataclass(frozen=True)
class Way:
    """To another page.

    Attributes:
        file: its name.
        title: what the link says.
    """

    file: str
    title: str


def lesson_page(lesson: Lesson, *, home: str = "", before: Way | None = None, after: Way | None = None) -> str:
    """The page.

    Args:
        lesson: one of :data:`PAGES`.
        home: the file that lists all pages; none where it stands alone.
        before, after: its neighbours.

    Raises:
        InputError: what turns texts into HTML is not installed.
    """
    return document(
        f"gca-viz: {lesson.text.title}",
        _body(lesson, home, before, after),
        entry="lesson",
        data=lesson_data(lesson),
    )


def lesson_data(lesson: Lesson) -> dict[str, Any]:
    """What ``js/lesson.js`` reads: the batch, the plans that it solves of it, and the controls."""
    on_board, given = ALIVE.get(lesson.name, {}), GIVEN[lesson.name]() if lesson.name in GIVEN else Given()
    recipes = {**on_board, **given.plans}
    blobs, credits = _board(on_board) if on_board else ({}, [])
    return {
        "lesson": lesson.name,
        "board": lesson.board,
        "blobs": blobs | {"given": text_of(given.blob)},
        "credits": credits,
        "problems": {name: problem(recipe.method) for name, recipe in recipes.items()},
        "numbers": {name: _numbers(recipe) for name, recipe in recipes.items()},
        "controls": [_described(spec, lesson.titles) for spec in lesson.controls],
        "titles": dict(lesson.titles),
        "settings": {spec.name: _said(spec.default) for spec in lesson.controls},
    }


def _board(recipes: Mapping[str, Recipe]) -> tuple[dict[str, str], list[list[str]]]:
    """The batch of a lesson's board with the plans that are drawn on it, and whose its images are."""
    first = next(iter(recipes.values()))
    result, plans = result_of(first), [plan_of(recipe) for recipe in recipes.values()]
    drawn = PlanBoard(result, plans)
    frames = board.pack_frames(
        drawn.batch,
        [drawn.start("plan", plan) for plan in plans],
        [board.Panel("plan", "")],
        order=result.row_order,
        groups=_groups(result),
        max_side=SIDE,
    )
    return packed(drawn.batch, frames), _credits(result)


def _described(spec: Control, titles: Mapping[str, str]) -> dict[str, Any]:
    """A control for ``js/form.js``."""
    shared = {"name": spec.name, "help": spec.help}
    if isinstance(spec, Parameter):
        stops = slider_stops(spec, spec.default)
        numbers = {"stops": [repr(stop) for stop in stops], "texts": [number_text(stop) for stop in stops]}
        return shared | {"label": f"{spec.label} {spec.symbol}"} | numbers
    names = [titles.get(option, option) for option in spec.options]
    return shared | {"label": spec.label, "options": spec.options, "titles": names}


def _numbers(recipe: Recipe) -> dict[str, str]:
    """What each number of a recipe's plan is where no control moves it."""
    return {
        Recipe.key_of(parameter): repr(getattr(recipe.method, parameter.name))
        for parameter in recipe.method.parameters
    }


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else repr(value)


def _groups(result: PageResult) -> list[board.Group]:
    """Classes or domains, or the images of one thing, as they stand beside each other."""
    if result.row_groups:
        return [board.Group(*group) for group in result.row_groups]
    things = groupby(result.row_order.tolist(), lambda row: (result.name(row, 0), int(result.batch.labels[row])))
    return [board.Group(name, len(list(rows)), number) for (name, number), rows in things]


def _credits(result: PageResult) -> list[list[str]]:
    """Author and licence of the image of each row, and of each column."""
    return [[result.credit(sample, view) for sample in range(len(result.batch))] for view in (0, 1)]


def _body(lesson: Lesson, home: str, before: Way | None, after: Way | None) -> str:
    text = lesson.text
    options = "".join(
        f'<label><input type="radio" name="prediction" value="{escape(name)}"><span>{inline(words)}</span></label>'
        for name, words in text.options.items()
    )
    return _BODY.format(
        back=f'<p class="quiet"><a href="{escape(home)}">All pages</a></p>' if home else "",
        wide=" wide" * lesson.wide,
        title=escape(text.title),
        idea=to_html(text.idea),
        question=to_html(text.question),
        options=options,
        answer=to_html(text.answer),
        do=to_html(text.do),
        notice=to_html(text.notice),
        formula="".join(f'<div class="formula">{_line(line)}</div>' for line in text.formula),
        symbols="".join(_symbol(*parts) for parts in ((s.tex, s.now, s.cell, s.meaning) for s in text.symbols)),
        before=link_to(before, "← {}"),
        after=link_to(after, "{} →"),
        made=_MADE.format(MADE.get(lesson.name, "what networks made of the images")) * (lesson.name in GIVEN),
    )


def _line(tex: str) -> str:
    """Formulas side by side, and on a phone below each other."""
    return "".join(formula(part, block=True) for part in tex.split(r"\qquad"))


def _symbol(tex: str, now: str, cell: str, meaning: str) -> str:
    shown = formula(tex) + (f" = {inline(now)}" if now else "")
    if cell:
        shown = f'<button type="button" data-cell="{escape(cell)}" title="Outline this cell">{shown}</button>'
    return f"<tr><th>{shown}</th><td>{inline(meaning)}</td></tr>"


def link_to(way: Way | None, words: str) -> str:
    """A link to a page, in words around its title; an empty place for none."""
    return "<span></span>" if way is None else f'<a href="{escape(way.file)}">{words.format(escape(way.title))}</a>'


_MADE = ", of {} before; other images and networks need the app"
_BODY = """{back}
<h1>{title}</h1>
{idea}
<div class="lesson{wide}">
<div class="picture"><div id="picture"></div><div id="cards"></div><p id="credits" class="quiet"></p></div>
<div class="telling">
<h2>Predict</h2>
{question}
<fieldset class="options"><legend class="speech">Your prediction</legend>{options}</fieldset>
<p><button type="button" id="show-answer" disabled>Show the answer</button></p>
<div class="after answer" role="status" hidden><p id="outcome"></p>{answer}
<p class="quiet">Computed now, by this browser, at the settings beside the picture{made}.</p></div>
<h2>Do</h2>
<div id="controls"></div>
{do}
<div class="after" hidden><h2>Notice</h2>{notice}</div>
</div>
</div>
{formula}
<table class="symbols">{symbols}</table>
<nav class="onward">{before}{after}</nav>"""
