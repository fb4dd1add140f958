"""Three pages of the static edition stand inside the documentation; they are written anew while the site is built.

A page says ``<!-- living: plan.html: What it is -->`` where one of them stands.
"""

import re
from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any

from mkdocs.structure.files import File

_FOLDER = "living"
_PLACE = re.compile(r"<!-- living: ([\w-]+\.html): (.+?) -->")
_FRAME = """<figure class="living">
<iframe src="{address}" title="{title}" loading="lazy"></iframe>
<figcaption>{title}: alive, computed by your browser. <a href="{address}">On a page of its own</a></figcaption>
</figure>"""


def on_files(files: Any, config: Any) -> Any:
    """Called by mkdocs with all files of the site."""
    for name, make in _PAGES.items():
        files.append(File.generated(config, f"{_FOLDER}/{name}", content=make()))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Called by mkdocs with the text of each page."""
    return _PLACE.sub(_framed, markdown)


def _framed(found: re.Match[str]) -> str:
    name, title = found.groups()
    if name not in _PAGES:
        raise ValueError(f"{found[0]}: the pages are {', '.join(_PAGES)}")
    return _FRAME.format(address=f"{_FOLDER}/{name}", title=escape(title))


@cache
def _plan() -> str:
    from gca_viz.experiments.recipe.recipe import Recipe
    from gca_viz.ui.session.page_result import PageResult
    from gca_viz.ui.site.living import living_page

    return living_page(PageResult.of(Recipe().with_values(n=64)))


@cache
def _lesson() -> str:
    from gca_viz.ui.pages.learn.registry import LESSONS
    from gca_viz.ui.site.lesson import lesson_page

    return lesson_page(LESSONS["half-step"])


@cache
def _compared() -> str:
    from gca_viz.encoders import bundled_runs
    from gca_viz.experiments.recipe.recipe import Recipe
    from gca_viz.ui.site.compared import compared_page

    first, *others = next(iter(bundled_runs().values())).values()
    recipe = Recipe().with_values(data="emoji", n=48, encoder=first, encoders=tuple(others))
    return compared_page(recipe, print, lambda share, what: None)[1]


_PAGES: dict[str, Callable[[], str]] = {"plan.html": _plan, "half-step.html": _lesson, "epochs.html": _compared}
