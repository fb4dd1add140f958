"""The report of a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from gca_viz.errors import InputError
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.code import compare_code
from gca_viz.experiments.compare.command import compare_command
from gca_viz.experiments.compare.files import (
    alike_csv,
    changes_csv,
    compare_npz,
    course_csv,
    rules_csv,
    table_csv,
    together_csv,
)
from gca_viz.experiments.compare.result import CompareResult
from gca_viz.experiments.compare.table import ROWS
from gca_viz.experiments.compare.together import together_sentence
from gca_viz.experiments.plan.summary import moved_mass, pair_text
from gca_viz.experiments.recipe.compare import ENCODERS, THESE
from gca_viz.experiments.recipe.recipe import MethodRecipe
from gca_viz.figures.changes import ranked_changes
from gca_viz.figures.compare import MapPanel, aligned_map, alike_matrix, framed
from gca_viz.figures.matrix import matrix
from gca_viz.figures.player import Curve, run_curve
from gca_viz.geometry import plan_points
from gca_viz.metric import percent
from gca_viz.progress import ReportProgress
from gca_viz.report.compare_parts import (
    ALIKE_HELP,
    ALIKE_TITLES,
    CURVES,
    class_colour,
    colour_of,
    epoch_names,
    far_samples,
    legend,
    map_title,
    maps_caption,
    player_figure,
    ranking_statement,
    rankings,
    run_statement,
    sample_text,
    table_caption,
    table_html,
    values_of,
)
from gca_viz.report.compare_values import compare_values
from gca_viz.report.course_parts import CAPTION as COURSE_CAPTION
from gca_viz.report.course_parts import course_html, course_words
from gca_viz.report.document import Report, Section
from gca_viz.report.parts import names_along, order_caption, picture
from gca_viz.report.rules_parts import CAPTION as RULES_CAPTION
from gca_viz.report.rules_parts import rules_figure, rules_texts
from gca_viz.report.together_parts import CAPTION, gain_figures
from gca_viz.report.together_parts import table_html as gain_html

_SHOWN = 12  # samples with their images


def compare_report(
    found: CompareResult, *, command: str | None = None, progress: ReportProgress | None = None
) -> Report:
    """Plans, table, maps, how alike all are, and the samples that changed, of a comparison.

    A run that plays is there where the recipe's ``run`` is ``"these"``: what is compared, in its order.

    Args:
        found: what to show.
        command: the line that makes it again; by default that of :func:`compare_command`.
        progress: called with the share done and what is being done; may raise to cancel.
    """
    report_progress = progress or (lambda share, what: None)
    results, recipe = found.compared, found.recipe.with_values(vs=MethodRecipe().reference)
    course = steps.course_of(results)
    table = steps.table_of(results, progress=lambda share, what: report_progress(0.5 * share, what))
    sections = [
        *_notes(found),
        *_plans(found),
        Section("Numbers", table_caption(results.kind), table_html(table, found.labels, results.pair[1].label)),
        *_course(found),
        _maps(found, lambda share, what: report_progress(0.5 + 0.3 * share, what)),
        _alike(found, lambda share, what: report_progress(0.8 + 0.1 * share, what)),
        *_together(found),
        *_rules(found),
        _samples(found),
    ]
    if results.kind == ENCODERS and found.recipe.compare.run == THESE:
        sections.append(_run(found))
    report_progress(1.0, "Done")
    return Report(
        title=f"gca-viz: {results.pair[0].label} and {results.pair[1].label}",
        headline=found.headline,
        sections=tuple(sections),
        recipe=recipe,
        parts=("data", "views", "encoder", "method", "compare", "display"),
        command=command or compare_command(recipe, "report", "--page", "compare"),
        code=compare_code(results),
        values=compare_values(found, table),
        files={
            "comparison.csv": lambda: table_csv(found),
            "changes.csv": lambda: changes_csv(found),
            "alike.csv": lambda: alike_csv(found),
            "together.csv": lambda: together_csv(found),
            "rules.csv": lambda: rules_csv(found),
            **({} if course.empty else {"course.csv": lambda: course_csv(found)}),
            "compare.npz": lambda: compare_npz(found),
        },
    )


def _notes(found: CompareResult) -> Iterator[Section]:
    if found.compared.notes:
        body = "".join(f"<p>{escape(note)}</p>" for note in found.compared.notes)
        yield Section("Who is not compared", "", body)


def _course(found: CompareResult) -> Iterator[Section]:
    """What the trainings of all noted of forgetting and drift; nothing where none did."""
    frame = steps.course_of(found.compared)
    if not frame.empty:
        words = [f"<p>{escape(sentence)}</p>" for sentence in course_words(frame)]
        yield Section("Noted in training", COURSE_CAPTION, (*words, course_html(frame)))


def _plans(found: CompareResult) -> Iterator[Section]:
    """The plans of A and B, and their difference."""
    down, along, pair = found.row_order, found.column_order, found.compared.pair
    plans = [found.shown(member.plan) for member in pair]
    values = [plan.matrix.cpu().numpy()[np.ix_(down, along)] for plan in plans]
    rows, columns = names_along(found)
    for side, member, plan, value in zip("AB", pair, plans, values, strict=True):
        yield Section(
            f"{side} {member.label}: {pair_text(plan)}",
            order_caption(found),
            matrix(value, rows, columns, title="mass", log=found.recipe.display.scale == "log"),
        )
    yield Section(
        f"B − A: {percent(moved_mass(plans[1], plans[0]))} of the mass moved",
        f"Teal: more mass in B; magenta: less. {order_caption(found)}",
        matrix(values[1] - values[0], rows, columns, title="difference", diverging=True),
    )


def _maps(found: CompareResult, progress: ReportProgress) -> Section:
    results = found.compared
    places, sentence = _places(found, 0, progress)
    places, bounds = framed(places)
    colour, texts, far = colour_of(found), found.point_texts, far_samples(found)
    figures = [
        aligned_map(
            MapPanel(
                map_title(found, number, short=True),
                place,
                None if results.kind == ENCODERS else plan_points.heaviest_lines(found.shown(member.plan), 1),
            ),
            colour,
            texts,
            bounds,
            far=far.tolist() if number in (0, results.second) else (),
            small=len(results.members) > 2,
        )
        for number, (member, place) in enumerate(zip(results.members, places, strict=True))
    ]
    return Section("Maps", sentence or maps_caption(found), (legend(colour), *figures))


def _places(found: CompareResult, anchor: int, progress: ReportProgress | None = None) -> tuple[np.ndarray, str]:
    """The aligned maps of all; where they cannot be as the recipe wants them, PCA and a sentence why."""
    results, which = found.compared, range(len(found.compared.members))
    how = found.recipe.compare.aligned if results.kind == ENCODERS else "pca"  # one embedding has one map
    try:
        return steps.maps_of(results, which, how, anchor=anchor, progress=progress), ""
    except InputError as error:
        return steps.maps_of(results, which, "pca", anchor=anchor), f"{error} Here is PCA."


def _alike(found: CompareResult, progress: ReportProgress) -> Section:
    results = found.compared
    tables = steps.alike_of(results, progress=progress)
    # Room for the labels, which plotly would measure again and again where the axes are tied to each other.
    room = min(20 + 6 * max(map(len, found.labels)), 150)
    figures = [
        alike_matrix(table, title=ALIKE_TITLES[name], current=(0, results.second))
        .update_layout(
            title={
                "text": f"{ALIKE_TITLES[name]}: {table.to_numpy()[0, results.second]:.2f}",
                "font": {"size": 14},
            },
            margin={"l": room, "r": 10, "t": 40, "b": room},
        )
        .update_xaxes(automargin=False)
        .update_yaxes(automargin=False)
        for name, table in tables.items()
    ]
    words = "; ".join(f"{ALIKE_TITLES[name]}: {ALIKE_HELP[name]}" for name in tables)
    return Section("Similarity", f"{words}. 1 is equal. Framed, and above each: A with B.", figures)


def _together(found: CompareResult) -> Iterator[Section]:
    """What all reach together, and which pairs gain; nothing where nothing can be averaged."""
    together = steps.together_of(found.compared)
    if together.gains:
        parts = [
            part for of in gain_figures(found, together) for part in (f"<p>{escape(of.sentence)}</p>", of.figure)
        ]
        caption = f"{together_sentence(together)} {CAPTION} Ringed: A and B."
        yield Section("Together", caption, (gain_html(together), *parts))


def _rules(found: CompareResult) -> Iterator[Section]:
    """Trees in place of the plans, and those of A and B in words; nothing with fewer than two classes."""
    frame = steps.rules_of(found.compared)
    if frame.empty:
        return
    words = [f"<p>{escape(sentence)}</p><pre>{escape(text)}</pre>" for sentence, text in rules_texts(found, frame)]
    yield Section("Rules", RULES_CAPTION, (rules_figure(found, frame), *words))


def _samples(found: CompareResult) -> Section:
    """The ranking that the recipe names, or the first that has a meaning, with images."""
    ways = rankings(found)
    change = ways.get(found.recipe.compare.rank, next(iter(ways.values())))
    values = values_of(change, steps.changes_of(found.compared))
    order = np.argsort(-values, kind="stable")
    names = [f"{sample}: {name}" for sample, name in enumerate(found.batch.names)]
    figure = ranked_changes(values, order, names, title=change.title, shown=_SHOWN, share=change.name != "moved")
    cards = "".join(_card(found, sample, sample_text(found, change, sample)) for sample in order[:_SHOWN].tolist())
    statement = ranking_statement(change, values)
    return Section("Samples", f"{statement} {change.help}", (figure, f'<div class="pairs">{cards}</div>'))


def _card(found: CompareResult, sample: int, text: str) -> str:
    name = escape(found.batch.names[sample])
    images = "".join(
        f'<img class="{side}" src="{picture(found, sample, view)}" alt="{name}, view {view + 1}">'
        for view, side in enumerate(("first", "second"))
    )
    return f"<figure>{images}<figcaption>{sample} · {escape(text)}<br>{name}</figcaption></figure>"


def _run(found: CompareResult) -> Section:
    """What is compared as a run that plays, with curves over it."""
    results, names = found.compared, epoch_names(found)
    estimates = steps.estimates_of(results)
    places, _ = _places(found, len(names) - 1)
    known = [key for key in CURVES if key in next(iter(estimates.values()))]
    curves = [
        run_curve(names, Curve(ROWS[key].label, [of.get(key) for of in estimates.values()], ROWS[key].is_share))
        for key in known
    ]
    caption = (
        f"{run_statement(names, estimates)} Press play, or drag the slider. Left the plan, one logarithmic scale "
        "for all; right the map, each turned onto the last. Below: numbers with 95 % intervals over samples."
    )
    parts = (legend(class_colour(found)), player_figure(found, places, estimates), "<p></p>", *curves)
    return Section("The run", caption, parts)
