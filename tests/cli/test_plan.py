"""``gca-viz plan`` says what the page says."""

import io

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.encoders.bundled import MODELS
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import READINGS
from tests.datasets.images.pictures import encoded, noise, write
from tests.ui.test_alignment import APP, numbers_on

WORDS = ("--n", 24, "--eps", 0.2, "--method", "gca-uot", "--lambda1", "inf", "--vs", "clip")
RECIPE = Recipe().with_values(n=24, eps=0.2, method="gca-uot", lambda1=float("inf"), vs="clip")


def of(method):
    return engine.plan_of(RECIPE.inputs, method)


def test_the_table_is_the_row_of_numbers_on_the_page(gca_viz):
    said = gca_viz("plan", *WORDS)
    page = AppTest.from_file(APP, default_timeout=60)
    for key, text in RECIPE.to_query().items():
        page.query_params[key] = text
    numbers = numbers_on(page.run())
    lines = [line for line in said.out.splitlines() if line.startswith(tuple(numbers))]
    assert len(lines) == len(numbers) == 10
    for line, (title, text) in zip(lines, numbers.items(), strict=True):
        assert line.startswith(title) and line[len(title) :].split("  ")[1:] and text in line
    assert page.title[0].value.replace("\u00a0", " ") == said.out.splitlines()[0]
    assert "usable" in said.out.splitlines()[-1] or "not converged" in said.out


def test_json_has_the_numbers_of_the_api_for_both_plans(gca_viz):
    told = gca_viz("plan", *WORDS, "--json").json
    plans = {"gca-uot": of(RECIPE.method), "clip": of(RECIPE.method.beside)}
    known = {"labels": engine.batch_of(RECIPE.data).labels, "domains": engine.domains_of(RECIPE.data, RECIPE.views)}
    assert list(told["plans"]) == list(plans)
    for name, plan in plans.items():
        assert told["plans"][name]["converged"] == plan.converged
        for key, value in told["plans"][name]["readings"].items():
            assert value == READINGS[key].of(plan, **known)
    assert told["environment"]["torch"] and told["command"].startswith(
        "gca-viz plan --batch-size 24 --method gca-uot"
    )


def test_files_hold_plan_marginals_and_potentials(tmp_path, gca_viz):
    said = gca_viz("plan", *WORDS, "--output", tmp_path / "p.npz", "-q")
    assert said.status == 0 and said.err == ""
    with np.load(tmp_path / "p.npz") as found:
        arrays = dict(found)
    plan = of(RECIPE.method)
    assert np.array_equal(arrays["gca-uot_plan"], plan.matrix.cpu().numpy())
    assert np.allclose(arrays["gca-uot_row_mass"], arrays["gca-uot_plan"].sum(1), atol=1e-5)
    f, g = arrays["gca-uot_f"][-1], arrays["gca-uot_g"][-1]
    formed = np.exp((f[:, None] + g[None] - arrays["cost"]) / 0.2)
    assert np.allclose(formed, arrays["gca-uot_plan"], rtol=1e-4, atol=1e-7)
    assert gca_viz("plan", *WORDS, "-o", tmp_path / "p.csv").err == f"Wrote {tmp_path / 'p.csv'}\n"
    table = pd.read_csv(tmp_path / "p.csv", index_col=0)
    assert np.allclose(table.to_numpy(), arrays["gca-uot_plan"], rtol=1e-5, atol=1e-12)
    assert table.index[0] == f"0: {engine.batch_of(RECIPE.data).names[0]}"


def test_a_half_step_is_read_where_the_link_asks_for_it(tmp_path, gca_viz):
    told = gca_viz("plan", *WORDS, "--t", 2, "--json", "--output", tmp_path / "p.npz").json
    plan = of(RECIPE.method)
    assert told["half_step"] == 2
    assert told["plans"]["gca-uot"]["readings"]["loss"] == float(plan.at(2).loss)
    with np.load(tmp_path / "p.npz") as arrays:
        assert np.array_equal(arrays["gca-uot_plan"], plan.at(2).matrix.cpu().numpy())
        assert len(arrays["gca-uot_f"]) == plan.last_step + 1


def test_a_plan_beside_it_that_cannot_be_is_told_and_the_rest_stays(gca_viz):
    said = gca_viz("plan", "--n", 8, "--method", "iot", "--vs", "ince")
    assert said.status == 0 and "No second plan" in said.err and "Pair mass" in said.out


def test_images_and_checkpoints_by_their_paths(tmp_path, gca_viz):
    images = {
        f"{label}/{k}.png": encoded(noise(k + 4 * (label == "cats")))
        for label in ("cats", "dogs")
        for k in range(4)
    }
    folder = write(tmp_path / "pets", images)
    own = tmp_path / "mine.safetensors"
    own.write_bytes((MODELS / "ince.safetensors").read_bytes())
    words = ("--data", folder, "--encoder", own, "--split", "all", "--n", 8, "--json")
    said = gca_viz("plan", *words)
    assert "2: cats 4, dogs 4" in said.err and "usable" in said.err
    told = said.json
    assert told["command"] == f"gca-viz plan --data {folder} --split all --batch-size 8 --encoder {own}"
    # The same weights under their own name give the same plan of the same images.
    bundled = gca_viz("plan", "--data", folder, "--split", "all", "--n", 8, "--json").json
    assert bundled["plans"]["gca-ince"]["readings"]["loss"] == pytest.approx(
        told["plans"]["gca-ince"]["readings"]["loss"], rel=1e-6
    )


def test_a_pickle_is_refused_unread(tmp_path, gca_viz):
    buffer = io.BytesIO()
    np.savez(buffer, z1=np.array([object()]), z2=np.eye(1))
    (tmp_path / "z.npz").write_bytes(buffer.getvalue())
    said = gca_viz("plan", "--data", tmp_path / "z.npz")
    assert said.status == 2 and "pickles" in said.err
