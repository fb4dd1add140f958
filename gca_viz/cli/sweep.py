"""``gca-viz sweep``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from gca_viz.cli.console import note, print_json, progress, table, write
from gca_viz.cli.executor_flags import (
    add_executor,
    device_of,
    executor_of,
    remains_text,
    store_of,
    what_remains,
)
from gca_viz.cli.recipe_flags import PLAN, Asked, add_recipe, read_recipe
from gca_viz.errors import InputError

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands
    from gca_viz.experiments.effects.table import EffectTable
    from gca_viz.experiments.recipe.recipe import Recipe

_ENCODERS = (
    "Here: sweep under each of these, however many, in place of --encoder; rows then begin with a column encoder. "
    "Blanks or commas between."
)


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "sweep",
        help="follow numbers of a plan while one or two parameters change",
        description="Follow numbers of a plan while one or two parameters change, as the page Parameter effects "
        "does: --axis, --axis2, --low, --high, --points, --seeds, --reading, --reading2; --encoders for several "
        "encoders at once. A plan that cannot be computed is a row with its reason, with --strict a mistake. "
        "Stopped by Ctrl-C, it keeps what it has, and with --results the same command goes on from there.",
    )
    parser.add_argument("--json", action="store_true", help="print everything for machines")
    add_executor(parser)
    add_recipe(
        parser,
        chosen=chosen,
        shows=(*PLAN, "effects", "encoders"),
        files=".csv has a line per seed and point, as the page's own",
        says={"encoders": _ENCODERS},
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    found: dict[str, EffectTable] = {}
    stopped = False
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=(".csv",))
        # These take seconds, and a mistake in a flag none.
        from gca_viz.experiments.effects.result import sweep_axes, sweep_readings
        from gca_viz.experiments.effects.sweep import partial_sweeps, sweeps_as_tasks

        recipes, effects = _recipes(asked), asked.recipe.effects
        axes, names = sweep_axes(asked.recipe), sweep_readings(asked.recipe)
        store = store_of(chosen, _shared(asked))
        if chosen.dry_run:
            tasks = sweeps_as_tasks(recipes, axes, names, effects.seeds, device=device_of(chosen))
            return _tell_what_remains(chosen, [*tasks], store)
        try:
            with executor_of(chosen) as executor:
                tables = partial_sweeps(
                    recipes, axes, names, effects.seeds, report_progress, executor=executor, store=store
                )
                with closing(tables):
                    for found in tables:
                        done, total = _done(found)
                        report_progress(done / total, f"{done} of {total} plans")
                        if chosen.strict:
                            _refuse_errors(found)
        except KeyboardInterrupt:
            if not found:
                raise
            stopped = True
    _show(chosen, asked, found)
    if stopped:
        done, total = _done(found)
        rest = "goes on from there" if store else "starts anew; with --results FOLDER it would go on from there"
        note(f"Stopped after {done} of {total} plans; the same command {rest}.")
    return int(stopped)


def _recipes(asked: Asked) -> dict[str, Recipe]:
    """What rows are called → what is swept: one recipe without a name, or one for each of ``--encoders``."""
    from gca_viz.experiments.recipe.consistency import under_encoder

    if not asked.encoders:
        return {"": asked.recipe}
    return {written: under_encoder(asked.recipe, name) for written, name in asked.encoders.items()}


def _shared(asked: Asked) -> Recipe:
    """The recipe without what decides nothing here: who is compared, and with ``--encoders`` its own encoder."""
    from gca_viz.experiments.recipe.recipe import Recipe

    usual = Recipe()
    fields = {"encoders": usual.compare.encoders} | ({"encoder": usual.encoder.name} if asked.encoders else {})
    return asked.recipe.with_values(**fields)


def _done(found: Mapping[str, EffectTable]) -> tuple[int, int]:
    """Plans computed, and all."""
    return sum(of.done for of in found.values()), sum(of.total for of in found.values())


def _refuse_errors(found: Mapping[str, EffectTable]) -> None:
    for name, of in found.items():
        for sentence in of.errors.values():
            raise InputError(
                f"a plan that cannot be computed{f' under {name}' * bool(name)}: {sentence}",
                "--strict leaves none out",
                "Leave out --strict to have the others",
            )


def _tell_what_remains(chosen: argparse.Namespace, tasks: Sequence[Any], store: Any) -> int:
    found = what_remains(chosen, tasks, store)
    if chosen.json:
        print_json(found)
    else:
        print(remains_text(chosen, found))
    return 0


def _show(chosen: argparse.Namespace, asked: Asked, found: Mapping[str, EffectTable]) -> None:
    """Write the file that was asked for, and print the numbers."""
    from gca_viz.experiments.effects.files import effects_csv, sweeps_csv
    from gca_viz.experiments.effects.result import sweep_readings
    from gca_viz.experiments.effects.words import what_changed

    effects = asked.recipe.effects
    named = effects.readings if len(effects.axes) > 1 else sweep_readings(asked.recipe)
    if asked.output is not None:
        write(asked.output, sweeps_csv(found) if asked.encoders else effects_csv(found[""]))
    if chosen.json:
        print_json({"command": _command(asked), **_as_json(found)})
    else:
        says = [f"{f'{name}: ' * bool(name)}{what_changed(of, named)}" for name, of in found.items()]
        print("\n".join(says), _as_text(found), sep="\n\n")
        for name, of in found.items():
            for sentence, count in of.reasons.items():
                plans = "1 plan" if count == 1 else f"{count} plans"
                note(f"{f'{name}: ' * bool(name)}{plans} could not be computed. {sentence}")
    if asked.output is not None and not chosen.quiet:
        note(f"Wrote {asked.output}")


def _command(asked: Asked) -> str:
    """The command that computes the same."""
    from dataclasses import replace

    several = ("--encoders", *asked.encoders) if asked.encoders else ()
    sources = {flag: text for flag, text in asked.sources.items() if flag != "encoders"}
    return replace(asked, recipe=_shared(asked), sources=sources).command("sweep", *several)


def _as_text(found: Mapping[str, EffectTable]) -> str:
    """Mean over the seeds, a line per point; with several seeds the lowest and highest of the first number."""
    import numpy as np

    from gca_viz.experiments.effects.axes import AXES
    from gca_viz.experiments.effects.words import number
    from gca_viz.experiments.metrics.plans import EFFECT_READINGS

    some = next(iter(found.values()))
    first, several = next(iter(some.values)), some.seeds > 1
    titles = [AXES[name].spec.symbol or AXES[name].spec.name for name in some.axes]
    titles += [EFFECT_READINGS[name].label for name in some.values] + ["lowest", "highest"] * several
    rows = [["encoder"] * ("" not in found) + titles]
    for name, of in found.items():
        low, high = of.band(first)
        means = {reading: of.mean(reading) for reading in of.values}
        for index in np.ndindex(low.shape):
            place = [axis[i] for axis, i in zip(of.axes.values(), index, strict=True)]
            cells = [EFFECT_READINGS[reading].text(float(mean[index])) for reading, mean in means.items()]
            cells += [EFFECT_READINGS[first].text(float(end[index])) for end in (low, high)] if several else []
            rows.append([name] * bool(name) + [*map(number, place), *cells])
    return table(rows)


def _as_json(found: Mapping[str, EffectTable]) -> dict[str, Any]:
    done, total = _done(found)
    axes = next(iter(found.values())).axes
    if "" in found:
        return {"axes": axes, **_numbers(found[""]), "done": done, "total": total}
    return {"axes": axes, "encoders": {n: _numbers(of) for n, of in found.items()}, "done": done, "total": total}


def _numbers(of: EffectTable) -> dict[str, Any]:
    values = {"values": {name: numbers.tolist() for name, numbers in of.values.items()}}
    errors = [{"at": list(index), "error": sentence} for index, sentence in of.errors.items()]
    return values | ({"errors": errors} if errors else {})
