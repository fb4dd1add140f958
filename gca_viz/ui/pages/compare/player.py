"""A training run that plays: plan, map and numbers of every epoch, and curves over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of, run_of
from gca_viz.experiments.compare.course import course_sentences
from gca_viz.experiments.compare.noted import noted
from gca_viz.experiments.compare.table import ROWS, Estimates
from gca_viz.experiments.recipe.compare import ENCODERS, RUN, THESE
from gca_viz.figures.player import Curve, run_curve
from gca_viz.report.compare_parts import CURVES, class_colour, epoch_names, legend, player_figure, run_statement
from gca_viz.ui.elements.chart import chart, is_dark
from gca_viz.ui.elements.player import controls
from gca_viz.ui.elements.width.component import narrow_width
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.pages.compare.maps import places_of
from gca_viz.ui.parts.page import notices
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state
from gca_viz.ui.session.cancellable import cancellable

_CONFIG = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False}


def player(result: Compared) -> None:
    """Draw the run that the recipe names."""
    recipe = result.recipe
    if result.compared.kind != ENCODERS and result.batch.embeddings is not None:
        st.info("The embeddings of this batch were given: no epoch can embed it.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-form"):
        titles = {name: f"{name} (ships)" for name in RUN.options} | {THESE: "the candidates above, in their order"}
        with st.container(width=320):
            control("run", titles=titles)
        if recipe.compare.run != THESE:
            st.button(
                "Compare its epochs",
                icon=":material/compare_arrows:",
                key="compare-epochs",
                on_click=_compare_epochs,
                args=(recipe.compare.run,),
                help="Make its first epoch A and the others the encoders of this page.",
            )
    run = _run(result)
    if run is None:
        return
    if len(run.compared.members) < 2:
        st.info("A run has at least two epochs. Choose more encoders above.", icon=":material/info:")
        return
    places = places_of(run, list(range(len(run.compared.members))), anchor=len(run.compared.members) - 1)
    estimates = cancellable(
        "run-numbers",
        (recipe.data, recipe.views, run.compared.candidates),
        lambda report_progress: steps.estimates_of(run.compared, progress=report_progress),
    )
    if places is None or estimates is None:
        return
    _draw(run, epoch_names(run), places, estimates)


def _draw(run: Compared, names: list[str], places: np.ndarray, estimates: Mapping[str, Estimates]) -> None:
    st.markdown(f"**{plain(run_statement(names, estimates))}** Press play, or drag the slider.")
    st.html(legend(class_colour(run)))
    with st.container(key="run-player"):
        narrow = narrow_width("run-player-width", "run-player")
        chart(
            figure := player_figure(run, places, estimates, narrow=narrow, controls=False),
            key="run-player-figure",
            config=_CONFIG,
            alt="Plan and map of every epoch of the run",
        )
    # As for Streamlit, what is drawn is another figure where its JSON is.
    of = blake2b(figure.to_json().encode(), digest_size=8).hexdigest()
    controls(names, of=f"{of} {is_dark()}", target="run-player", key="run-controls")
    plan, points = ("Above", "below") if narrow else ("Left", "right")
    st.caption(
        f"{plan} the plan, rows view 1 and columns view 2 in the order of the matrices above, one logarithmic "
        f"scale for all epochs; {points} the map, every epoch turned onto the last. It plays in your browser."
    )
    columns = st.columns(3)
    for at, key in enumerate(name for name in CURVES if name in next(iter(estimates.values()))):
        with columns[at % 3]:
            curve = Curve(ROWS[key].label, [numbers.get(key) for numbers in estimates.values()], ROWS[key].is_share)
            chart(run_curve(names, curve), key=f"curve-{key}", config=_CONFIG, alt=ROWS[key].label)
    st.caption("Bands: 95 % intervals over samples. Epochs stand at equal distances, whatever lies between them.")
    _noted(run, names)


def _noted(run: Compared, names: list[str]) -> None:
    """What training itself noted, where the cards of the checkpoints tell it."""
    found = noted(run.compared.candidates)
    if not found:
        return
    st.markdown("**Noted in training**")
    # The last checkpoint that says something says what came of the run.
    *_, last = [*course_sentences(steps.course_of(run.compared)).values()] or [""]
    if last:
        st.markdown(plain(last))
    by_domain = [value for reading in found if reading.of_domain for value in reading.values if value == value]
    columns = st.columns(3)
    for at, reading in enumerate(found):
        figure = run_curve(names, Curve(reading.title, list(reading.estimates), reading.of_domain))
        if reading.of_domain:  # domains are compared: one scale for all
            figure.update_yaxes(range=[min(by_domain) - 0.01, max(by_domain) + 0.01])
        with columns[at % 3]:
            chart(figure, key=f"noted-{at}", config=_CONFIG, alt=reading.title)
    st.caption(
        "From the cards of the checkpoints, on all held-out images: kNN class by domain; forgetting, the mean over "
        "earlier styles of their best accuracy minus the last; how far clients drift apart before each average."
    )


def _run(result: Compared) -> Compared | None:
    recipe = result.recipe
    these = recipe.compare.run == THESE
    candidates = candidates_of(recipe) if these else run_of(recipe, recipe.compare.run)
    results = cancellable(
        "run-results",
        (recipe.data, recipe.views, candidates.members),
        lambda report_progress: steps.results_of(recipe, candidates, progress=report_progress),
    )
    if results is None:
        return None
    if recipe.compare.run != THESE:
        notices(results.notes)
    return Compared.beside(result, results) if results.members else None


def _compare_epochs(run: str) -> None:
    names = [candidate.name for candidate in run_of(state.recipe(), run).members]
    problem = state.update(
        encoder=names[0], encoders=tuple(names[1:]), against=ENCODERS, **{"with": names[-1], "run": THESE}
    )
    state.report(problem)
