"""A recipe as a living page: the app's board, and controls at which the reader's browser solves its plans anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from html import escape
from typing import Any

import numpy as np

from gca_viz.experiments.plan.command import command_line
from gca_viz.experiments.recipe.parts import ORDER, PANELS, SCALE
from gca_viz.experiments.recipe.recipe import MethodRecipe, Recipe
from gca_viz.report.document import facts, recipe_rows
from gca_viz.ui.elements import board
from gca_viz.ui.parts.browser_plans import check, dials_of, methods_of, problem
from gca_viz.ui.parts.plan_board import PlanBoard
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.site.document import document, packed

_PARTS = ("data", "views", "encoder", "method")


def living_page(result: PageResult, *, home: str = "") -> str:
    """The page.

    Args:
        result: of a recipe that :func:`check` lets pass.
        home: address of the page that lists all; none where it stands alone.

    Raises:
        InputError: a browser cannot compute these plans.
    """
    recipe, methods = result.recipe, methods_of(result)
    check(result, methods)
    plans = {result.titles[name]: plan for name, plan in result.names.items()}
    drawn = PlanBoard(result, list(plans.values()))
    panels = list(_panels(result))
    shown = [name for name, _ in panels if name in recipe.display.panels]
    frames = board.pack_frames(
        drawn.batch, [drawn.start(title, plan) for title, plan in plans.items()], [panel for _, panel in panels]
    )
    data = {
        "blobs": packed(drawn.batch, frames),
        "problems": [problem(method) for method in methods],
        "dials": [dial["name"] for dial in dials_of(recipe, methods)],
        "controls": [*dials_of(recipe, methods), *_choices(recipe, [name for name, _ in panels]), *looks()],
        "panels": [{"name": name, "panel": asdict(panel)} for name, panel in panels],
        "orders": orders(result),
        "settings": settings_of(result, methods) | {"show": ",".join(shown or ["plan"])},
    }
    title = " beside ".join(plans)
    body = body_of(result, title, command_line(recipe, "app"), home=home, left_out=_LEFT_OUT, board=_BOARD)
    return document(f"gca-viz: {title}", body, entry="living", data=data)


def _choices(recipe: Recipe, panels: Sequence[str]) -> Iterator[dict[str, Any]]:
    names = {"reference": recipe.method.beside_label, "plan": recipe.method.name}
    titles = [names.get(panel, panel) for panel in panels]
    yield {"name": "show", "label": "Pictures", "help": "", "several": True, "options": panels, "titles": titles}


def looks() -> Iterator[dict[str, Any]]:
    """Choices of order and colours."""
    for spec, name in ((ORDER, "order"), (SCALE, "scale")):
        yield {
            "name": name,
            "label": spec.label,
            "help": spec.help,
            "options": spec.options,
            "titles": spec.options,
        }


def _panels(result: PageResult) -> Iterator[tuple[str, board.Panel]]:
    """Each picture that there is, by its name in a recipe; their titles are the board's own."""
    two = len(result.names) > 1
    kernel = result.recipe.method.composition.kernel
    for name in PANELS.options:
        if name not in ("reference", "difference") or two:
            yield name, _PANELS[name] if name != "kernel" or kernel == "gibbs" else _kernel_panel(kernel)


def _kernel_panel(kernel: str) -> board.Panel:
    return board.Panel("kernel", f"kernel exp(−E), {kernel}")


_PANELS = {
    "cost": board.Panel("cost", ""),
    "kernel": board.Panel("kernel", ""),
    "reference": board.Panel("plan", "", plan=1),
    "plan": board.Panel("plan", ""),
    "difference": board.Panel("difference", ""),
    "target": board.Panel("target", ""),
    "residual": board.Panel("residual", ""),
    "force": board.Panel("force", ""),
}


def orders(result: PageResult) -> dict[str, Any]:
    found = {}
    for by in ORDER.options:
        sorted_by = replace(result, recipe=result.recipe.with_values(order=by))
        groups = [asdict(board.Group(group.name, group.size, group.number)) for group in sorted_by.row_groups]
        found[by] = {"order": sorted_by.row_order.tolist(), "groups": groups}
    return found


def settings_of(result: PageResult, methods: Sequence[MethodRecipe]) -> dict[str, str]:
    """What the page shows when it is opened, as texts."""
    recipe, display = result.recipe, result.recipe.display
    row, column = result.pick or (-1, -1)
    samples = result.pairing.row_sample.cpu().numpy()
    step = -1 if result.step >= result.last_step else result.step
    return {
        **{dial["name"]: repr(recipe.get(dial["name"])) for dial in dials_of(recipe, methods)},
        "order": display.order,
        "scale": display.scale,
        "t": str(step),
        "i": str(row),
        "j": str(column),
        "group": ",".join(map(str, np.flatnonzero(np.isin(samples, display.group)))),
    }


def body_of(result: PageResult, title: str, command: str, *, home: str, left_out: str, board: str) -> str:
    """The page around its board.

    Args:
        result: whose images are on it.
        title: its heading.
        command: what opens the same in the app, or computes the rest.
        home: address of the page that lists all; none where it stands alone.
        left_out: what needs the app, in words.
        board: HTML.
    """
    credits = dict.fromkeys(
        f"{result.name(sample, view)}: {credit}"
        for view in (0, 1)
        for sample in range(len(result.batch))
        if (credit := result.credit(sample, view))
    )
    listed = "".join(f"<li>{escape(credit)}</li>" for credit in credits)
    return _BODY.format(
        back=f'<p class="quiet"><a href="{escape(home)}">All pages</a></p>' if home else "",
        title=escape(title),
        count=len(result.batch),
        data=escape(result.batch.dataset.title),
        left_out=left_out,
        board=board,
        command=escape(command),
        table=facts(*recipe_rows(result.recipe, _PARTS)),
        credits=_CREDITS.format(listed) if credits else "",
    )


_BOARD = '<div id="board"></div>'
_LEFT_OUT = """Other images, views, encoders and methods, the limit of the iterations, geometry, sweeps and
comparisons need Python. The same recipe in the app:"""
_BODY = """{back}
<h1>{title}</h1>
<p>{count} samples of {data}. Every number below is computed by this browser, from the costs of the batch, at the
settings that you choose.</p>
<p id="notice" class="notice" role="status"></p>
<div id="controls"></div>
{board}
<details>
<summary>How it was made, and what needs the app</summary>
<p>{left_out}</p>
<pre>{command}</pre>
{table}
</details>
{credits}"""
_CREDITS = """<details>
<summary>Authors and licences of the images</summary>
<ul class="credits">{}</ul>
</details>"""
