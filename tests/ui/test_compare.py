"""The page Compare checkpoints without a browser: what it says, who is compared, mistakes."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.encoders import bundled_runs
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.rules import rules_sentence
from gca_viz.experiments.compare.table import ROWS
from gca_viz.experiments.compare.together import ALL, together_sentence
from gca_viz.experiments.compare.words import headline
from gca_viz.experiments.metrics.changes import CHANGES
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.experiments.recipe.recipe import Recipe
from tests.wire import unpack

APP = Path(__file__).parents[2] / "app.py"
FEW = {"n": "24", "encoders": "random,ince@5", "with": "random"}


def open_page(**query):
    test = AppTest.from_file(APP, default_timeout=120)
    test.switch_page("gca_viz/ui/pages/compare/compare.py")
    for key, value in {**FEW, **query}.items():
        test.query_params[key] = str(value)
    return test.run()


def results(**values):
    names = {"n": 24, "encoders": ("random", "ince@5"), "with": "random"}
    recipe = Recipe().with_values(**{**names, **values})
    return steps.results_of(recipe, candidates_of(recipe))


def html(page) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def cells(page) -> dict[tuple[str, str], str]:
    """(measure, candidate) → what the table says."""
    found = {}
    for measure, row in re.findall(r'<tr data-measure="(\w+)">(.*?)</tr>', html(page)):
        for candidate, cell in re.findall(r'<td data-candidate="(.*?)">(.*?)</td>', row):
            found[measure, candidate] = cell
    return found


def words(page) -> str:
    return " ".join(element.value for element in [*page.header, *page.markdown])


def figures(page) -> list[dict]:
    return [json.loads(element.proto.spec) for element in page.get("plotly_chart")]


def test_the_heading_says_what_changed():
    page = open_page()
    assert not page.exception and not page.error and not page.warning
    found = results()
    assert page.title[0].value == headline(*found.pair, steps.changes_of(found)).replace(" %", "\u00a0%")
    for member in found.pair:
        assert any(
            f"{member.label}\\: {100 * float(member.plan.top1_rows):.0f} % of the rows" in m.value
            for m in page.markdown
        )


def test_the_first_screen_compares_trained_and_untrained_encoders():
    page = AppTest.from_file(APP, default_timeout=120)
    page.switch_page("gca_viz/ui/pages/compare/compare.py")
    page.run()
    assert not page.exception
    assert page.title[0].value.startswith(f"From {FIRST_SCREEN.encoder.name} to {FIRST_SCREEN.compare.second} ")
    assert page.multiselect(key="recipe-encoders").value == ["things-random", "things-noisy-ince", "things-ince"]


def test_a_link_of_before_compares_whom_it_did():
    page = AppTest.from_file(APP, default_timeout=120)
    page.switch_page("gca_viz/ui/pages/compare/compare.py")
    page.query_params["n"] = "24"
    page.run()
    assert page.multiselect(key="recipe-encoders").value == ["random", "gca-ince", "gca-uot", "ince-cross-style"]
    assert "ince-cross-style" in page.title[0].value


def test_the_table_is_that_of_python():
    page = open_page(compare="Numbers")
    assert not page.exception
    shown = cells(page)
    table = steps.table_of(results())
    assert len(shown) == table.value.notna().sum()
    for row in table.dropna(subset="value").itertuples():
        cell = shown[row.measure, row.contender]
        assert f"<b>{ROWS[row.measure].rounded(row.value)}</b>" in cell
        assert (f"{row.verdict}</i>" in cell) if row.verdict else "<i" not in cell
    assert "worse" in shown["top1_rows", "random"]


def test_b_is_chosen_and_travels_in_the_link():
    page = open_page()
    page.selectbox(key="compare-second").set_value("ince@5").run()
    assert page.query_params["with"] == "ince@5" and "ince@5" in page.title[0].value
    page.multiselect(key="recipe-encoders").set_value(["random"]).run()
    assert page.selectbox(key="compare-second").value == "random" and not page.exception


def test_methods_are_compared_on_one_encoder():
    page = open_page(compare="Numbers")
    page.segmented_control(key="recipe-against").set_value("methods").run()
    assert not page.exception and page.query_params["against"] == "methods"
    shown = cells(page)
    assert {candidate for _, candidate in shown} == {"gca-ince", "ince", "rince", "gca-uot"}
    assert ("matched_share", "ince") in shown and ("knn_class", "ince") not in shown
    page.query_params["compare"] = "Samples"
    page = page.run()
    assert not page.exception and any("All methods see one embedding" in c.value for c in page.caption)


def test_one_candidate_is_told_what_to_do():
    page = open_page(encoders="ince")
    assert "Choose at least one other encoder" in page.info[0].value and not page.exception


def test_a_stranger_in_the_link_is_told_and_the_others_stay():
    page = open_page(encoders="nonsense,random")
    assert "nonsense" in page.warning[0].value and "random" in page.title[0].value
    page = open_page(encoders="own:of-another-session,random")
    assert "another session" in page.warning[0].value and not page.exception
    page = open_page(encoders=f"{Path('models/random.safetensors').resolve()},ince@5")
    assert "Left out" in page.warning[0].value and "ince@5" in page.title[0].value


@pytest.mark.parametrize("rank", ["moved", "neighbours", "negatives", "lost", "won"])
def test_samples_are_ranked_and_picked(rank):
    page = open_page(compare="Samples", rank=rank)
    assert not page.exception
    values = CHANGES[rank].of(steps.changes_of(results()))
    order = np.argsort(-values, kind="stable")
    buttons = [b for b in page.button if (b.key or "").startswith(f"changed-{rank}-")]
    assert [int(button.key.rsplit("-", 1)[1]) for button in buttons] == order[:12].tolist()
    buttons[1].click().run()
    assert page.query_params["i"] == str(order[1]) == page.query_params["j"]
    page.button(key="changed-group").click().run()
    assert page.query_params["group"] == ",".join(map(str, sorted(order[:12].tolist())))
    page.number_input(key="changed-sample-24").set_value(7).run()
    assert page.query_params["i"] == "7" and "Sample 7" in words(page)


def test_a_single_class_says_what_is_missing():
    page = open_page(compare="Samples", rank="negatives", classes="animal")
    assert any("needs at least two classes" in caption.value for caption in page.caption) and not page.exception
    page.query_params["compare"] = "Numbers"
    page = page.run()
    assert "needs two classes" in html(page) and not page.exception


def test_how_alike_they_are_is_that_of_python():
    page = open_page(compare="Alike")
    found = steps.alike_of(results())
    titles = ("cka", "Linear CKA"), ("cka_within", "CKA within classes")
    for name, title in (*titles, ("overlap", "Shared neighbours"), ("shared_mass", "Shared mass")):
        assert f"{title}" in words(page) and f"{found[name].to_numpy()[0, 1]:.2f} between A and B" in words(page)


def test_what_they_reach_together_is_that_of_python():
    page = open_page(compare="Together")
    found = steps.together_of(results())
    assert not page.exception and together_sentence(found) in words(page).replace("\\", "")
    shown = html(page)
    assert ALL in shown and f"{100 * found.gains['plan'].together.value:.0f}" in shown
    scatters = [figure for figure in figures(page) if "gain" in figure["layout"]["yaxis"]["title"]["text"]]
    assert [len(figure["data"][0]["customdata"]) for figure in scatters] == [3, 3, 3]
    page = open_page(compare="Together", against="methods", methods="ince,rince")
    assert not page.exception and len([f for f in figures(page) if "gain" in str(f["layout"]["yaxis"])]) == 1
    page = open_page(compare="Together", against="methods", method="ince", methods="rince", target="relation")
    assert not page.exception


def test_few_rules_stand_beside_the_plans():
    page = open_page(compare="Rules", depth=2)
    frame = steps.rules_of(results())
    assert not page.exception
    for member in results().pair:
        assert rules_sentence(frame, member.label, 2) in words(page).replace("\\", "").replace("\u00a0", " ")
    assert sum("mass on" in block.value for block in page.code) == 2
    page = open_page(compare="Rules", classes="animal")
    assert any("at least two of them" in info.value for info in page.info) and not page.exception


def test_the_run_that_ships_plays_and_its_epochs_are_compared_at_one_click():
    page = open_page(compare="Run")
    assert not page.exception
    player = next(figure for figure in figures(page) if figure.get("frames"))
    epochs = bundled_runs()["ince"]
    assert [frame["name"] for frame in player["frames"]] == [f"epoch {epoch}" for epoch in epochs]
    page.button(key="compare-epochs").click().run()
    assert not page.exception
    names = list(epochs.values())
    assert page.query_params["encoder"] == names[0] and page.query_params["encoders"] == ",".join(names[1:])
    assert page.query_params["with"] == names[-1] and page.query_params["run"] == "these"
    assert f"From {names[0]} to {names[-1]}" in page.title[0].value


def test_a_run_whose_styles_came_in_turn_plays_with_what_training_noted():
    page = open_page(n=8, compare="Run", run="styles-in-turn")
    assert not page.exception
    player = next(figure for figure in figures(page) if figure.get("frames"))
    assert [frame["name"] for frame in player["frames"]] == [f"epoch {epoch}" for epoch in (30, 60, 90, 120)]
    assert "Noted in training" in words(page)
    titles = [figure["layout"].get("title", {}).get("text") for figure in figures(page)]
    assert "orgotten" in words(page) and "points" in words(page)
    assert "Forgetting" in titles and sum(str(title).startswith("kNN class, ") for title in titles) == 4


def test_aligned_umap_of_a_tiny_batch_gives_way_to_pca_with_a_sentence():
    page = open_page(n=2, aligned="umap")
    assert "Here is PCA" in page.error[0].value and not page.exception
    maps = [e.proto for e in page.get("bidi_component") if e.proto.component_name == "gca_viz.map"]
    assert [len(unpack(shown.bytes)[1]["places"]) for shown in maps] == [8, 8]  # two views of two samples, x and y


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize(
    "tab", ["Maps", "Numbers", "Alike", "Together", "Rules", "Samples", "Run", "Pair", "Download"]
)
def test_a_tiny_batch_has_every_tab(size, tab):
    page = open_page(n=size, compare=tab)
    assert not page.exception and page.title[0].value


@pytest.mark.parametrize(
    "query",
    [
        {"method": "simclr", "compare": "Samples", "rank": "lost"},
        {"maps": "all", "tint": "moved", "group": "1,2", "i": 4, "j": 4},
        {"against": "methods", "method": "iot", "methods": "simclr,gca-ince", "compare": "Alike"},
        {"t": 0, "compare": "Pair", "order": "domain", "scale": "linear"},
        {"output": "backbone", "encoders": "random,byol", "compare": "Alike"},
        {"data": "digits", "compare": "Run"},
    ],
)
def test_every_layout_and_choice_has_a_page(query):
    page = open_page(**query)
    assert not page.exception and not page.error


def test_copied_python_stands_under_downloads():
    page = open_page(compare="Download")
    (code,) = [block.value for block in page.code if "gca_viz.compare(" in block.value]
    assert 'load_encoder("random"' in code and not page.exception


def test_work_that_was_stopped_stays_so_until_it_is_asked_for_again_or_something_changes():
    def script():
        import streamlit as st

        from gca_viz.ui.session.cancellable import cancellable

        found = cancellable(
            "job",
            (1, st.session_state.get("of", "a")),
            lambda report_progress: (report_progress(0.5, "half"), "done")[1],
        )
        st.text(str(found))

    test = AppTest.from_function(script).run()
    assert test.text[0].value == "done"
    test.session_state["job-stopped"] = str((1, "a"))
    test.run()
    assert test.text[0].value == "None" and "Stopped" in test.markdown[0].value
    test.session_state["of"] = "b"
    assert test.run().text[0].value == "done"
    test.session_state["of"] = "a"
    test.run().button(key="job-continue").click().run()
    assert test.text[0].value == "done"
