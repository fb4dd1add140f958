"""Parameter effects as the lines of Python that compute the same numbers."""

from __future__ import annotations

from gca_viz.experiments.effects.result import TAUS, EffectsResult
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.plan.code import literal
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.uploads import is_upload


def effects_code(found: EffectsResult) -> str:
    """Code that ends with ``square``, ``sweep``, ``calibrated``, ``columns``, ``noise``, as far as these are there.

    Empty where data or encoder were uploaded: a recipe names them for one process only.
    """
    recipe = found.recipe
    if is_upload(recipe.data.dataset) or is_upload(recipe.encoder.name):
        return ""
    imports = {
        "from gca_viz.experiments.effects.square import as_unbalanced": found.square,
        "from gca_viz.experiments.effects.calibrated import calibrate": found.calibration,
        "from gca_viz.experiments.effects.more_columns import more_columns": found.columns,
        "from gca_viz.experiments.effects.noise import detect": found.noise,
        "from gca_viz.experiments.effects.result import TAUS": found.square,
        "from gca_viz.experiments.effects.sweep import sweep_recipe": found.square or found.sweep,
    }
    lines = ["import math", "", *(line for line, used in imports.items() if used)]
    lines += ["from gca_viz.experiments.recipe.recipe import Recipe", "", f"recipe = {_recipe(recipe)}"]
    if found.square is not None:
        # Every method is read as GCA-UOT there, whose constraints can move.
        lines.append(f"square = {_sweep('as_unbalanced(recipe)', found.square)}")
    if found.sweep is not None:
        lines.append(f"sweep = {_sweep('recipe', found.sweep)}")
    if found.calibration is not None:
        lines.append("calibrated = calibrate(recipe)")
    if found.columns is not None:
        lines.append("columns = more_columns(recipe)")
    if found.noise is not None:
        lines.append(f"noise = detect(recipe, {_values(found.noise.penalties)}, {len(found.noise.kept)})")
    return "\n".join(lines) + "\n"


def _recipe(recipe: Recipe) -> str:
    default, counts = (
        Recipe(),
        Recipe(recipe.data, recipe.views, recipe.encoder, recipe.method, effects=recipe.effects),
    )
    changed = {key: counts.get(key) for key in Recipe.link_names() if counts.get(key) != default.get(key)}
    return f"Recipe().with_values({', '.join(f'{key}={literal(value)}' for key, value in changed.items())})"


def _sweep(recipe: str, table: EffectTable) -> str:
    axes = ", ".join(f'"{name}": {_values(values)}' for name, values in table.axes.items())
    return f"sweep_recipe({recipe}, {{{axes}}}, {list(table.values)!r}, seeds={table.seeds})"


def _values(values: tuple[float, ...]) -> str:
    return "TAUS" if values == TAUS else f"[{', '.join(map(literal, values))}]"
