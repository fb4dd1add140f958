"""Which pages a static edition has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.progress import ReportProgress
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.site.folder import INDEX, Page, write
from gca_viz.ui.site.living import living_page


def write_site(
    folder: Path, recipe: Recipe, say: Callable[[object], None], report_progress: ReportProgress
) -> list[Path]:
    """Write the pages.

    Args:
        folder: where to.
        recipe: of the page ``plan.html``.
        say: is told what the user should know.
        report_progress: progress.

    Returns:
        list[Path]: the files.

    Raises:
        InputError: a recipe that makes no sense or that a browser cannot compute, or no folder to write to.
    """
    return write(folder, [_plan(recipe, say, report_progress)], {})


def _plan(recipe: Recipe, say: Callable[[object], None], report_progress: ReportProgress) -> Page:
    result = PageResult.of(recipe, report_progress)
    if result.reference_problem is not None:
        say(f"No second plan: {result.reference_problem}")
    about = f"{len(result.batch)} samples of {result.batch.dataset.title}, with temperature and iterations to move."
    return Page("plan.html", "A plan of images", about, living_page(result, home=INDEX))
