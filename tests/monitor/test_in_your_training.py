"""The page "In your training": its lines train, with the libraries themselves; what they write opens in Compare."""

import json
import math
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

import gca_viz
from gca_viz.cli import main
from gca_viz.errors import InputError
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.code import compare_code
from gca_viz.experiments.compare.command import compare_command
from gca_viz.experiments.compare.embedding_run import read_embedding_run
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.folders import VARIABLE as FOLDERS
from tests.monitor.test_plan_monitor import rows
from tests.test_docs import DOCS, blocks

APP = Path(__file__).parents[2] / "app.py"
PAGE = blocks(DOCS / "in-your-training.md", "python")
N, BATCH, STEPS = 40, 8, 100
COMMAND = f"gca-viz compare --split all --batch-size {N} --method ince"
QUIET = {
    **{"accelerator": "cpu", "logger": False, "enable_checkpointing": False},
    **{"enable_progress_bar": False, "enable_model_summary": False},
}


def made_pairs(count: int, seed: int):
    """Two noisy views of pictures of four kinds."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 4
    kinds = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    first, second = (kinds[labels] + 0.3 * torch.randn(count, 3, 8, 8, generator=draw) for _ in range(2))
    return first, second, labels


def network() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16))


def nt_xent(z1, z2, temperature):
    return F.cross_entropy(F.normalize(z1) @ F.normalize(z2).T / temperature, torch.arange(len(z1)))


def lines(containing: str) -> str:
    """The block of the page that has this text."""
    (block,) = [block for block in PAGE if containing in block]
    return block


def ran(containing: str, folder: Path, monkeypatch, **names) -> Path:
    """Run a block of the page in a folder; the folder of its monitor."""
    monkeypatch.chdir(folder)
    torch.manual_seed(0)
    x1, x2, labels = made_pairs(N, 1)
    names = {"x1": x1, "x2": x2, "labels": labels, "quiet": QUIET, **names}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries; and what four easy kinds look like to the alarms
        exec(lines(containing), names)
    names["monitor"].close()
    found = rows(names["monitor"]._folder.path)
    assert [row["step"] for row in found if int(row["step"]) < STEPS] == ["0", "50"]
    losses = [float(row["loss"]) for row in found]
    assert losses[-1] < losses[0]
    return folder / names["monitor"]._folder.path


@pytest.fixture(scope="module")
def lightning_run(tmp_path_factory) -> Path:
    """A training of Lightning with the monitor, by the lines of the page."""
    pl = pytest.importorskip("pytorch_lightning", reason="needs Lightning, which the extra [lightning] brings")

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.encoder = network()

        def training_step(self, batch):
            return nt_xent(self.encoder(batch[0]), self.encoder(batch[1]), 0.1)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 3e-3)

    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("lightning")
        loader = DataLoader(list(zip(*made_pairs(BATCH * STEPS, 2), strict=True)), BATCH)
        return ran("module.encoder", folder, monkeypatch, module=Module(), loader=loader)


def test_a_plain_loop(tmp_path, monkeypatch):
    encoder = network()
    first, second, _ = made_pairs(BATCH * STEPS, 2)
    loader = list(zip(first.split(BATCH), second.split(BATCH), strict=True))
    ran("optimizer.step()", tmp_path, monkeypatch, encoder=encoder, loader=loader,
        optimizer=torch.optim.Adam(encoder.parameters(), 3e-3))  # fmt: skip


def test_lightning(lightning_run):
    found = rows(lightning_run)
    assert [(row["step"], row["epoch"]) for row in found] == [("0", "0"), ("50", "0"), ("100", "0")]
    assert float(found[-1]["knn_class"]) > 0.9


def test_modules_in_the_style_of_solo_learn_and_lightly(tmp_path, monkeypatch):
    pl = pytest.importorskip("pytorch_lightning", reason="needs Lightning, which the extra [lightning] brings")

    class SoloMethod(pl.LightningModule):
        """As solo-learn: forward gives a dictionary; a batch is indices, crops and targets."""

        def __init__(self):
            super().__init__()
            self.backbone, self.projector = nn.Sequential(nn.Flatten(), nn.Linear(192, 32)), nn.Linear(32, 16)

        def forward(self, x):
            feats = self.backbone(x)
            return {"feats": feats, "z": self.projector(feats)}

        def training_step(self, batch, batch_idx):
            _, crops, _ = batch
            return {"loss": nt_xent(*(self(crop)["z"] for crop in crops), 0.2)}

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 3e-3)

    class SimCLR(pl.LightningModule):
        """As in lightly's examples: a backbone that keeps the axes of a picture, a head; views, targets, names."""

        def __init__(self):
            super().__init__()
            self.backbone = nn.Sequential(nn.Conv2d(3, 16, 8), nn.ReLU())
            self.projection_head = nn.Linear(16, 8)

        def forward(self, x):
            return self.projection_head(self.backbone(x).flatten(start_dim=1))

        def training_step(self, batch, batch_index):
            (x0, x1), _, _ = batch
            return nt_xent(self(x0), self(x1), 0.5)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1, momentum=0.9)

    first, second, labels = made_pairs(BATCH * STEPS, 2)
    samples = list(zip(range(len(labels)), zip(first, second, strict=True), labels, strict=True))
    of_solo = DataLoader([(index, list(crops), label) for index, crops, label in samples], BATCH)
    of_lightly = DataLoader([(crops, label, f"{index}.png") for index, crops, label in samples], BATCH)
    ran("solo_method", tmp_path, monkeypatch, pl=pl, solo_method=SoloMethod(), solo_loader=of_solo)
    ran("simclr", tmp_path, monkeypatch, pl=pl, simclr=SimCLR(), lightly_loader=of_lightly)


def test_the_trainer_of_transformers(tmp_path, monkeypatch):
    pytest.importorskip("accelerate", reason="needs accelerate, which the extra [trainer] brings")
    transformers = pytest.importorskip(
        "transformers", reason="needs transformers, which the extra [trainer] brings"
    )
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}

    class Contrastive(nn.Module):
        def __init__(self):
            super().__init__()
            self.vision = transformers.ViTModel(transformers.ViTConfig(**size, image_size=8, patch_size=4))

        def forward(self, first, second):
            return {"loss": nt_xent(*(self.vision(x).pooler_output for x in (first, second)), 0.1)}

    first, second, _ = made_pairs(BATCH * STEPS, 2)
    pairs = [{"first": a, "second": b} for a, b in zip(first, second, strict=True)]
    ran("TrainingArguments(", tmp_path, monkeypatch, model=Contrastive(), pairs=pairs)


def test_a_callback_without_its_library_names_the_extra(tmp_path, monkeypatch):
    import sys

    monitor = gca_viz.PlanMonitor(None, to=tmp_path)
    for module in ("pytorch_lightning", "lightning.pytorch", "accelerate"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=r"gca-viz\[lightning\]"):
        monitor.lightning()
    with pytest.raises(InputError, match=r"gca-viz\[trainer\]"):
        monitor.trainer()


def test_a_run_of_embeddings_is_compared_on_the_command_line(lightning_run, capsys):
    assert main(["compare", "--run", str(lightning_run), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    recipe = told["recipe"]
    assert (recipe["method"], float(recipe["eps"]), recipe["n"]) == ("ince", 0.1, str(N))
    assert told["command"] == f"{COMMAND} --reference none --run {lightning_run}"
    of_plan = {
        (row["contender"], row["measure"]): row["value"]
        for row in told["table"]
        if row["measure"] in ("loss", "matched_share", "effective_rank", "knn_class")
    }
    for row in rows(lightning_run):  # the numbers of the monitor are those of the page
        for name in ("loss", "matched_share", "effective_rank", "knn_class"):
            assert of_plan[f"step-{int(row['step']):08d}", name] == pytest.approx(float(row[name]), rel=2e-3)


def test_a_zip_of_a_run_is_the_run_and_is_written_as_a_page(lightning_run, tmp_path, capsys):
    packed = shutil.make_archive(str(tmp_path / "mine"), "zip", lightning_run.parent, lightning_run.name)
    tables = []
    for path in (str(lightning_run), packed):
        assert main(["compare", "--run", path, "--json"]) == 0
        tables.append(json.loads(capsys.readouterr().out)["table"])
    assert tables[0] == tables[1]
    page = tmp_path / "page.html"
    assert main(["report", "--page", "compare", "--run", packed, "--output", str(page), "--quiet"]) == 0
    told = page.read_text("utf-8")
    assert "From step-00000000 to step-00000100" in told and told.count("step-00000050") > 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--data", "emoji"), "a run of embeddings has samples of its own"),
        (("--encoder", "ince"), "the first checkpoint of a run is A"),
        (("--with", "ince@5"), None),
    ],
)
def test_what_does_not_go_with_a_run_of_embeddings(lightning_run, capsys, flags, said):
    code = main(["compare", "--run", str(lightning_run), *flags, "--quiet"])
    assert (code == 0) is (said is None)
    assert said is None or said in capsys.readouterr().err


def test_steps_of_other_samples_and_files_that_are_no_run_are_refused(lightning_run, tmp_path):
    with pytest.raises(InputError, match="no steps of embeddings"):
        read_embedding_run([lightning_run / "probe.npz"], "mine")
    run = shutil.copytree(lightning_run, tmp_path / "run")
    spoilt = np.ones((N, 16), np.float32)
    spoilt[2, 3] = np.nan
    np.savez(run / "step-00000020.npz", z1=spoilt, z2=spoilt)
    np.savez(run / "step-00000030.npz", z1=np.ones((N + 1, 16)), z2=np.ones((N + 1, 16)))
    read = read_embedding_run(run.iterdir(), "mine")
    assert list(read.steps) == [f"step-{step:08d}.safetensors" for step in (0, 50, 100)]
    assert set(read.refused) == {"step-00000020.npz", "step-00000030.npz"}
    assert "not finite" in str(read.refused["step-00000020.npz"])
    (run / "monitor.json").write_text('{"method": "of another time", "options": {"epsilon": 0.1, "no": 1}}')
    assert read_embedding_run(run.iterdir(), "mine").values == {"epsilon": 0.1}


@pytest.fixture(scope="module")
def page(lightning_run):
    """The page Compare on the run, brought as a folder of the server."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv(FOLDERS, str(lightning_run.parent))
        page = AppTest.from_file(APP, default_timeout=120)
        page.switch_page("gca_viz/ui/pages/compare/compare.py")
        page.query_params["n"] = "24"
        page.query_params["encoders"] = "random"
        page.query_params["compare"] = "Run"
        page.run()
        page.session_state["bring-run-group"] = True
        page.run()
        page.text_input(key="bring-path-run").set_value(str(lightning_run)).run()
        assert any("3 steps of embeddings of 40 pairs" in part.value for part in page.markdown)
        page.button(key="compare-brought").click().run()
    return page


def test_a_run_of_lightning_opens_in_compare(page):
    assert not page.exception and not page.error
    assert page.title[0].value.startswith("From step-00000000 to step-00000100 ")
    assert any("From step-00000000 to step-00000100" in part.value for part in page.markdown)  # the player
    recipe: Recipe = page.session_state["recipe"]
    found = steps.results_of(recipe, candidates_of(recipe))
    assert found.kind == "encoders" and [member.label for member in found.members] == [
        "step-00000000",
        "step-00000050",
        "step-00000100",
    ]
    assert len({float(member.plan.loss) for member in found.members}) == 3
    command = f"{COMMAND} --reference gca-ince --run lightning  # the path of your own file"
    assert compare_command(recipe) == command


def test_the_copied_python_reads_the_files(page, lightning_run, monkeypatch):
    recipe: Recipe = page.session_state["recipe"]
    results = steps.results_of(recipe, candidates_of(recipe))
    monkeypatch.chdir(lightning_run)
    names: dict = {}
    exec(compare_code(results), names)
    losses = [float(entry.plan.loss) for entry in names["found"].entries.values()]
    assert losses == pytest.approx([float(member.plan.loss) for member in results.members], rel=1e-5)


def test_a_step_is_of_its_own_samples_alone(page):
    recipe: Recipe = page.session_state["recipe"]
    other = recipe.with_values(data="digits", n=8)
    assert all("step" in note for note in candidates_of(recipe.with_values(encoders=("ince",))).notes)
    with pytest.raises(InputError, match="other samples than those of the run"):
        steps.engine.plan_of(other.inputs, other.method)
    assert math.isfinite(float(steps.engine.plan_of(recipe.inputs, recipe.method).loss))
