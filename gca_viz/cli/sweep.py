"""``gca-viz sweep``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gca_viz.cli.console import note, print_json, progress, table, write
from gca_viz.cli.recipe_flags import PLAN, add_recipe, read_recipe

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands
    from gca_viz.experiments.effects.table import EffectTable


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "sweep",
        help="follow numbers of a plan while one or two parameters change",
        description="Follow numbers of a plan while one or two parameters change, as the page Parameter effects "
        "does: --axis, --axis2, --low, --high, --points, --seeds, --reading, --reading2. Stopped by Ctrl-C, it "
        "keeps what it has.",
    )
    parser.add_argument("--json", action="store_true", help="print everything for machines")
    add_recipe(
        parser,
        chosen=chosen,
        shows=(*PLAN, "effects"),
        files=".csv has a line per seed and point, as the page's own",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    found: EffectTable | None = None
    stopped = False
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=(".csv",))
        # These take seconds, and a mistake in a flag none.
        from gca_viz.experiments.effects.files import effects_csv
        from gca_viz.experiments.effects.result import sweep_axes, sweep_readings
        from gca_viz.experiments.effects.sweep import partial_tables
        from gca_viz.experiments.effects.words import what_changed

        effects, axes = asked.recipe.effects, sweep_axes(asked.recipe)
        names = sweep_readings(asked.recipe)
        try:
            for found in partial_tables(asked.recipe, axes, names, effects.seeds, report_progress):
                report_progress(found.done / found.total, f"{found.done} of {found.total} plans")
        except KeyboardInterrupt:
            if found is None:
                raise
            stopped = True
    assert found is not None  # there is a first one, of no plan yet
    if asked.output is not None:
        write(asked.output, effects_csv(found))
    if chosen.json:
        print_json({"command": asked.command("sweep"), **_as_json(found)})
    else:
        print(f"{what_changed(found, names if len(axes) == 1 else effects.readings)}\n\n{_as_text(found)}")
    if asked.output is not None and not chosen.quiet:
        note(f"Wrote {asked.output}")
    if stopped:
        note(f"Stopped after {found.done} of {found.total} plans; the same command goes on only from the start.")
    return int(stopped)


def _as_text(found: EffectTable) -> str:
    """Mean over the seeds, a line per point; with several seeds the lowest and highest of the first number."""
    import numpy as np

    from gca_viz.experiments.effects.axes import AXES
    from gca_viz.experiments.effects.words import number
    from gca_viz.experiments.metrics.plans import EFFECT_READINGS

    first = next(iter(found.values))
    low, high = found.band(first)
    means = {name: found.mean(name) for name in found.values}
    titles = [AXES[name].spec.symbol or AXES[name].spec.name for name in found.axes]
    band = ["lowest", "highest"] if found.seeds > 1 else []
    titles += [EFFECT_READINGS[name].label for name in found.values] + band
    rows = [titles]
    for index in np.ndindex(low.shape):
        place = [axis[i] for axis, i in zip(found.axes.values(), index, strict=True)]
        cells = [EFFECT_READINGS[name].text(float(of[index])) for name, of in means.items()]
        cells += [EFFECT_READINGS[first].text(float(of[index])) for of in (low, high)] if band else []
        rows.append([*map(number, place), *cells])
    return table(rows)


def _as_json(found: EffectTable) -> dict[str, Any]:
    return {
        "axes": found.axes,
        "values": {name: of.tolist() for name, of in found.values.items()},
        "done": found.done,
        "total": found.total,
    }
