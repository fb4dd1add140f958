"""``gca-viz sweep`` is the page's sweep."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gca_viz.experiments.effects import sweep_tasks
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.sweep import sweep_recipe
from gca_viz.experiments.recipe.recipe import Recipe

MODELS = Path(__file__).parents[2] / "models"
RECIPE = Recipe().with_values(n=16, axis="eps", points=3, seeds=2, reading="loss")
WORDS = ("--n", 16, "--points", 3, "--seeds", 2, "--reading", "loss")


def expected():
    axes = {"eps": AXES["eps"].values(RECIPE, points=3)}
    return sweep_recipe(RECIPE, axes, ("loss", "matched_share", "perplexity"), seeds=2)


def test_csv_text_and_json_have_the_numbers_of_the_page(tmp_path, gca_viz):
    said = gca_viz("sweep", *WORDS, "--output", tmp_path / "s.csv")
    table = expected()
    assert (tmp_path / "s.csv").read_text() == table.frame().to_csv(index=False, float_format="%.8g")
    assert list(pd.read_csv(tmp_path / "s.csv").columns) == ["seed", "eps", "loss", "matched_share", "perplexity"]
    lines = said.out.splitlines()
    assert lines[0].startswith("From ε 0.02 to 2 the loss rises")
    assert [float(line.split()[1]) for line in lines[-3:]] == pytest.approx(table.mean("loss"), rel=1e-3)
    told = gca_viz("sweep", *WORDS, "--json").json
    assert np.array_equal(told["values"]["loss"], table.values["loss"]) and told["done"] == told["total"] == 6
    assert told["axes"] == {"eps": list(table.axes["eps"])}


def test_two_axes_make_a_line_per_cell(gca_viz):
    said = gca_viz("sweep", "--n", 8, "--points", 2, "--axis2", "tau1", "--low2", 0.5, "--seeds", 1)
    assert [line.split()[:2] for line in said.out.splitlines()[-4:]] == [
        ["0.02", "0.5"],
        ["0.02", "1"],
        ["2", "0.5"],
        ["2", "1"],
    ]


def test_stopped_it_keeps_what_it_has_and_says_so(tmp_path, gca_viz, monkeypatch):
    from gca_viz.experiments.effects import sweep as computing

    def some(*arguments, **named):
        yield next(computing_tables(*arguments, **named))
        raise KeyboardInterrupt

    computing_tables = computing.partial_sweeps
    monkeypatch.setattr(computing, "partial_sweeps", some)
    said = gca_viz("sweep", *WORDS, "-o", tmp_path / "s.csv")
    assert said.status == 1 and "Stopped after 3 of 6 plans; the same command starts anew" in said.err
    assert len(pd.read_csv(tmp_path / "s.csv")) == 3
    said = gca_viz("sweep", *WORDS, "--results", tmp_path / "results")
    assert said.status == 1 and "the same command goes on from there" in said.err
    monkeypatch.undo()
    assert (
        "6 plans in 2 tasks; 3 plans are done; at their pace the others take"
        in gca_viz("sweep", *WORDS, "--results", tmp_path / "results", "--dry-run").out
    )
    solved, whole = [], sweep_tasks.solve_each

    def solve_each(task, report_progress):
        solved.append(task)
        return whole(task, report_progress)

    monkeypatch.setattr(sweep_tasks, "solve_each", solve_each)
    said = gca_viz("sweep", *WORDS, "--results", tmp_path / "results", "-o", tmp_path / "s.csv")
    assert said.status == 0 and len(solved) == 1
    assert (tmp_path / "s.csv").read_text() == expected().frame().to_csv(index=False, float_format="%.8g")


def test_what_cannot_be_swept_is_a_sentence(gca_viz):
    said = gca_viz("sweep", "--n", 8, "--method", "rince", "--axis", "tau1")
    assert said.status == 2 and "has no λ" in said.err
    said = gca_viz("sweep", "--n", 8, "--low", 1, "--high", 0.1)
    assert said.status == 2 and "the last value must be above the first" in said.err


def test_several_encoders_are_rows_under_their_names_with_the_numbers_of_each_alone(tmp_path, gca_viz):
    checkpoint = tmp_path / "mine.safetensors"
    checkpoint.write_bytes((MODELS / "simclr.safetensors").read_bytes())
    said = gca_viz("sweep", *WORDS, "--encoders", "random", checkpoint, "-o", tmp_path / "s.csv")
    together = pd.read_csv(tmp_path / "s.csv")
    assert list(together) == ["encoder", "seed", "eps", "loss", "matched_share", "perplexity"]
    assert together.encoder.unique().tolist() == ["random", str(checkpoint)]
    for written, name in (("random", "random"), (str(checkpoint), "simclr")):
        gca_viz("sweep", *WORDS, "--encoder", name, "-o", tmp_path / "one.csv", "--quiet")
        alone = pd.read_csv(tmp_path / "one.csv")
        assert alone.equals(together[together.encoder == written].drop(columns="encoder").reset_index(drop=True))
        assert f"{written}: From ε 0.02 to 2 the loss" in said.out
    assert said.out.count("\nrandom ") == 3
    told = gca_viz("sweep", *WORDS, "--encoders", f"random,{checkpoint}", "--json").json
    assert list(told["encoders"]) == ["random", str(checkpoint)]
    assert told["command"].startswith(f"gca-viz sweep --encoders random {checkpoint} --")


def test_a_plan_that_cannot_be_computed_is_a_row_with_its_reason_and_strict_a_mistake(tmp_path, gca_viz):
    words = ("sweep", "--n", 8, "--views", "image-text", "--encoder", "image-text", "--seeds", 1, "--points", 2)
    words = (*words, "--encoders", "image-text", "ince")
    said = gca_viz(*words, "-o", tmp_path / "s.csv")
    assert said.status == 0 and "ince: 2 plans could not be computed. Got" in said.err
    rows = pd.read_csv(tmp_path / "s.csv")
    bad = rows.encoder == "ince"
    assert rows[~bad].error.isna().all() and rows[~bad].matched_share.notna().all()
    assert rows[bad].error.str.startswith("Got ").all() and rows[bad].matched_share.isna().all()
    errors = gca_viz(*words, "--json", "--quiet").json["encoders"]["ince"]["errors"]
    assert [of["at"] for of in errors] == [[0, 0], [0, 1]]
    said = gca_viz(*words, "--strict")
    assert said.status == 2 and "under ince" in said.err
    said = gca_viz(*words[:-2], "ince")  # of nothing at all there is no table
    assert said.status == 2 and said.out == ""


def test_a_dry_run_says_what_there_is_to_do_and_does_nothing(tmp_path, gca_viz):
    said = gca_viz("sweep", *WORDS, "--results", tmp_path / "results", "--dry-run")
    assert "6 plans in 2 tasks; 0 plans are done. How long that takes is measured" in said.out
    assert not (tmp_path / "results").exists()
    told = gca_viz("sweep", *WORDS, "--dry-run", "--json").json
    nothing = dict.fromkeys(("seconds_left", "minutes_left", "gpu_hours_left"))
    assert told == {"tasks": 2, "tasks_done": 0, "plans": 6, "plans_done": 0} | nothing
