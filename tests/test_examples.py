"""The notebooks: they run, and what is stored in them is what the present code computes."""

import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

import gca_viz
from examples.execute import execute
from gca_viz.datasets import Selection, pick
from gca_viz.views import make_views

EXAMPLES = Path(__file__).parents[1] / "examples"
DECIMAL = re.compile(r"(?<![\w.+-])-?\d+\.\d+(?![\w.])")


@pytest.fixture(scope="module", params=["your_embeddings", "iterations", "compare_checkpoints"])
def notebook(request, tmp_path_factory):
    """A notebook's name, as it is stored, and run again without drawing its figures."""
    stored = nbformat.read(EXAMPLES / f"{request.param}.ipynb", 4)
    again = execute(nbformat.from_dict(stored), tmp_path_factory.mktemp("notebook"), renderer="json")
    return request.param, stored, again


def outputs(notebook):
    """Of each cell of code, its outputs."""
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook) -> str:
    """All that is printed or shown as text."""
    return "\n".join(
        output.text if output.output_type == "stream" else output.data.get("text/plain", "")
        for cell in outputs(notebook)
        for output in cell
    )


def embedded(size, *encoders):
    """The batch of a notebook as each encoder sees it: (z1, z2), in any order of the samples."""
    batch = pick(gca_viz.load_dataset("emoji"), Selection(mode="stratified", size=size))
    views = make_views(batch, "simclr")
    loaded = map(gca_viz.load_encoder, encoders)
    return [(encoder.encode(views.first), encoder.encode(views.second)) for encoder in loaded]


def expected(name) -> list[str]:
    """Some numbers of a notebook as the public functions give them, in the digits that it shows."""
    if name == "your_embeddings":
        ((z1, z2),) = embedded(96, "ince")
        infonce, unbalanced = gca_viz.align(z1, z2, "ince"), gca_viz.align(z1, z2, "gca-uot")
        return [f"{float(x):.4f}" for x in (infonce.loss, infonce.column_error, unbalanced.loss, unbalanced.mass)]
    if name == "iterations":
        ((z1, z2),) = embedded(160, "ince")
        losses = [gca_viz.align(z1, z2, epsilon=0.05, iterations=t, tol=0).loss for t in (1, 11)]
        swept = gca_viz.sweep(z1, z2, epsilon=0.5, iterations=5, tol=0).values["loss"]
        return [f"{float(x):.4f}" for x in (*losses, swept)]
    plans = [gca_viz.align(*z, "gca-ince", epsilon=0.2) for z in embedded(120, "ince@1", "ince@50")]
    return [f"{float(x):.3f}" for plan in plans for x in (plan.loss, plan.matched_share, plan.top1_rows)]


def test_a_notebook_runs_and_what_is_stored_is_what_it_gives(notebook):
    _, stored, again = notebook
    kinds = [[output.output_type for output in cell] for cell in outputs(stored)]
    assert kinds == [[output.output_type for output in cell] for cell in outputs(again)]
    assert not {"error"} & {kind for cell in kinds for kind in cell}
    before, now = (np.array(DECIMAL.findall(text(which)), float) for which in (stored, again))
    assert len(before) > 25
    np.testing.assert_allclose(before, now, rtol=0.02, atol=0.02)


def test_its_numbers_are_those_of_the_functions(notebook):
    name, stored, _ = notebook
    shown = np.array(DECIMAL.findall(text(stored)), float)
    for number in expected(name):
        assert np.abs(shown - float(number)).min() <= 0.0002 + 1e-3 * abs(float(number)), number


def test_it_is_light_shows_its_figures_and_names_no_machine(notebook):
    name, stored, _ = notebook
    path = EXAMPLES / f"{name}.ipynb"
    assert path.stat().st_size < 600_000
    figures = [cell for cell in stored.cells if cell.cell_type == "code" and ".show()" in cell.source]
    assert all(any("image/png" in output.get("data", {}) for output in cell.outputs) for cell in figures)
    alive = [cell for cell in stored.cells if cell.cell_type == "code" and "gca_viz.show" in cell.source]
    assert alive and len(figures) + len(alive) >= 3
    assert all("data:image/svg+xml" in cell.outputs[0].data["text/html"] for cell in alive)
    words = re.sub(r'"image/png": "[^"]*"', "", json.dumps(stored))
    assert str(Path.home()) not in words and "site-packages" not in words
