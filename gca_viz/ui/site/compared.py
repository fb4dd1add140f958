"""Candidates that a recipe compares as a page: the plans of all are solved by the reader's browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from gca_viz.errors import InputError
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.command import compare_command
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.progress import ReportProgress
from gca_viz.ui.elements import board
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.browser_plans import check, dials_of, problem
from gca_viz.ui.parts.plan_board import PlanBoard
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.site.document import document, packed
from gca_viz.ui.site.living import body_of, looks, orders, settings_of

#: cells of all costs together; a page of more is none to send
MOST_CELLS = 2**19


def compared_page(
    recipe: Recipe, say: Callable[[object], None], report_progress: ReportProgress, *, home: str = ""
) -> tuple[str, str]:
    """The title and the page.

    Args:
        recipe: of A; its part ``compare`` names the others.
        say: is told who could not take part.
        report_progress: progress.
        home: address of the page that lists all; none where it stands alone.

    Raises:
        InputError: nobody is beside A, or a browser cannot compute these plans.
    """
    compared = _compared(recipe, report_progress)
    for sentence in compared.compared.notes:
        say(sentence)
    first, *others = compared.labels
    title, command = f"{first} beside {', '.join(others)}", compare_command(recipe, "compare")
    body = body_of(compared, title, command, home=home, left_out=_LEFT_OUT, board=_BOARD)
    return title, document(f"gca-viz: {title}", body, entry="compared", data=compared_data(compared))


def _compared(recipe: Recipe, report_progress: ReportProgress) -> Compared:
    alone = replace(recipe, method=recipe.method.alone)
    candidates = candidates_of(alone)
    methods = [candidate.method for candidate in candidates.members]
    result = PageResult.of(alone, report_progress)
    check(result, methods)
    _check_cells(result, len(methods))
    results = steps.results_of(alone, candidates, progress=report_progress)
    if len(results.members) < 2:
        raise InputError(
            "nobody beside A",
            "a comparison has two candidates or more",
            "Name others in the recipe: --encoders, or --against methods with --methods",
            parameter="encoders",
        )
    return Compared.beside(result, results)


def compared_data(compared: Compared) -> dict[str, Any]:
    """What ``js/compared.js`` reads: the batch, what each plan solves, and the controls."""
    results, labels = compared.compared, compared.labels
    methods = [candidate.method for candidate in results.candidates]
    drawn = PlanBoard(compared, list(compared.names.values()))
    frames = board.pack_frames(
        drawn.batch,
        [drawn.start(label, plan) for label, plan in compared.names.items()],
        [board.Panel("plan", "")],
    )
    own = list(dials_of(compared.recipe, methods))
    return {
        "blobs": packed(drawn.batch, frames),
        "problems": [problem(method) for method in methods],
        "members": labels,
        "dials": [dial["name"] for dial in own],
        "controls": [*_sides(labels), *own, *looks()],
        "orders": orders(compared),
        "settings": {"a": labels[0], "b": labels[results.second], **settings_of(compared, methods)},
    }


def _check_cells(result: PageResult, members: int) -> None:
    rows, images = len(result.pairing.row_sample), len(result.batch)
    most = int((MOST_CELLS / members) ** 0.5)
    if rows > most:
        raise InputError(
            f"{members} plans of {rows} rows",
            f"a page without a server compares at most {MOST_CELLS:,} cells",
            f"Use --batch-size {images * most // rows}, or fewer candidates",
            parameter="size",
        )


def _sides(labels: Sequence[str]) -> Iterator[dict[str, Any]]:
    for side in ("a", "b"):
        words = {"label": side.upper(), "help": "", "options": labels, "titles": labels}
        yield {"name": side} | words


_LEFT_OUT = """Maps, intervals, likeness, rules and other numbers of the embeddings, other images, views and
candidates need Python. What else the app compares of these:"""
_BOARD = """<p><button type="button" id="play">Play</button>
<span class="quiet">Each candidate is B in turn.</span></p>
<div id="board"></div>
<h2>All at these settings</h2>
<div id="numbers"></div>"""
