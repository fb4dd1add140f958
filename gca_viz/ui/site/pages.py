"""Which pages a static edition has: the plan of a recipe, and the lessons whose numbers a browser computes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from html import escape
from pathlib import Path
from types import MappingProxyType

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.progress import ReportProgress
from gca_viz.ui.pages.learn.registry import LESSONS
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.site.compared import compared_page
from gca_viz.ui.site.folder import INDEX, Page, write
from gca_viz.ui.site.lesson import PAGES, Way, lesson_page
from gca_viz.ui.site.living import living_page
from gca_viz.ui.site.toy_world import toy_page
from gca_viz.ui.site.words import inline

#: lesson that no page can have → why
REASONS: Mapping[str, str] = MappingProxyType({"train": "it trains two networks, which the app does"})
#: lessons that there are pages of, in the order of the contents
OFFERED = tuple(name for name in LESSONS if name not in REASONS)


def write_site(
    folder: Path,
    recipe: Recipe,
    lessons: Collection[str],
    say: Callable[[object], None],
    report_progress: ReportProgress,
    *,
    compared: Recipe | None = None,
) -> list[Path]:
    """Write the pages.

    Args:
        folder: where to.
        recipe: of the page ``plan.html``.
        lessons: names of lessons, some of ``OFFERED``.
        say: is told what the user should know.
        report_progress: progress.
        compared: of the page ``compare.html``; none by default.

    Returns:
        list[Path]: the files, the list of all first.

    Raises:
        InputError: a recipe that makes no sense or that a browser cannot compute, no such lesson, or no folder to
            write to.
    """
    chosen = [name for name in LESSONS if name in _checked(lessons)]
    beside = [] if compared is None else [_compared(compared, say, report_progress)]
    pages = [_plan(recipe, say, report_progress), *beside, *_lessons(chosen, report_progress)]
    return write(folder, pages)


def _checked(lessons: Collection[str]) -> Collection[str]:
    for name in lessons:
        if name in REASONS:
            raise InputError(f"the lesson {name!r}", f"a page cannot have it: {REASONS[name]}", "Leave it out")
        if name not in OFFERED:
            raise InputError(f"the lesson {name!r}", f"pages are made of {', '.join(OFFERED)}", "Use these names")
    return lessons


def _plan(recipe: Recipe, say: Callable[[object], None], report_progress: ReportProgress) -> Page:
    result = PageResult.of(recipe, report_progress)
    if result.reference_problem is not None:
        say(f"No second plan: {result.reference_problem}")
    about = (
        f"{len(result.batch)} samples of {escape(result.batch.dataset.title)}, whose plan moves with its numbers."
    )
    return Page("plan.html", "A plan of images", about, living_page(result, home=INDEX))


def _compared(recipe: Recipe, say: Callable[[object], None], report_progress: ReportProgress) -> Page:
    title, html = compared_page(recipe, say, report_progress, home=INDEX)
    return Page("compare.html", title, "Their plans of one batch, beside each other and in turn.", html)


def _lessons(names: list[str], report_progress: ReportProgress) -> Iterator[Page]:
    ways = [Way(f"{name}.html", LESSONS[name].text.title) for name in names]
    for k, name in enumerate(names):
        report_progress(k / len(names), f"Writing {ways[k].title}")
        lesson = LESSONS[name]
        make = lesson_page if name in PAGES else toy_page
        about = inline(lesson.text.idea)
        html = make(lesson, home=INDEX, before=([None, *ways])[k], after=([*ways, None])[k + 1])
        yield Page(ways[k].file, ways[k].title, about, html)
