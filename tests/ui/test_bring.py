"""The page Bring your own without a browser: what it leaves on disk, and what it offers."""

import io
import shutil
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from streamlit.testing.v1 import AppTest

from gca_viz.datasets import UPLOADS, load_dataset
from gca_viz.encoders.hub.names import VARIABLE
from gca_viz.encoders.hub.recommended import RECOMMENDED
from gca_viz.experiments.plan.code import python_code
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.folders import VARIABLE as FOLDERS
from gca_viz.ui.parts.reading import placed
from tests.datasets.images.pictures import encoded, noise, write
from tests.encoders.checkpoints.trainers import resnet18, under
from tests.encoders.hub.test_hub import save, vit

MODELS = Path(__file__).parents[2] / "models"
APP = Path(__file__).parents[2] / "app.py"
ZIP = "application/zip"


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "disk"))
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def opened(tab: str) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=60)
    test.query_params["n"] = "16"
    test.switch_page("gca_viz/ui/pages/bring/bring.py")
    test.session_state["bring-tab"] = tab
    return test.run()


def files_on(disk: Path) -> list[str]:
    return sorted(path.name for path in disk.rglob("*") if path.is_file())


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_uploaded_images_leave_the_disk_when_they_are_read_or_replaced(disk):
    page = opened("Images")
    for name in ("one", "two"):
        content = zipped(**{f"{k}.png": encoded(noise(k)) for k in range(12)})
        page.file_uploader(key="bring-images").set_value([(f"{name}.zip", content, ZIP)]).run()
        assert not page.exception and not page.error
        assert files_on(disk) == [f"{name}.zip"]
    page.file_uploader(key="bring-images").set_value(None).run()
    assert files_on(disk) == []
    page.file_uploader(key="bring-images").set_value([("three.zip", content, ZIP)]).run()
    page.button(key="use-images").click().run()
    assert not page.exception and not page.error
    assert files_on(disk) == []


def test_an_uploaded_model_leaves_the_disk_at_once(disk, tmp_path):
    folder = save(tmp_path / "vit", vit())
    page = opened("Encoder")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    parts = [(name, content, "") for name, content in files.items()]
    for upload, refused in (
        (parts, False),
        ([("model.zip", zipped(**files), ZIP)], False),
        ([("evil.zip", zipped(**files, **{"../evil.json": b"{}"}), ZIP)], True),
        ([part for part in parts if part[0] != "preprocessor_config.json"], True),
    ):
        page.file_uploader(key="bring-encoder").set_value(upload).run()
        assert not page.exception and files_on(disk) == []
        assert bool(page.error) == refused
        assert ("use-encoder" in {button.key for button in page.button}) != refused
    assert "has config.json, preprocessor\\_config.json and model.safetensors" in page.error[0].value


def test_the_last_of_several_checkpoints_is_read(disk, tmp_path):
    page = opened("Encoder")
    page.file_uploader(key="bring-encoder").set_value([("a.pt", b"a", ""), ("b.pt", b"b", "")]).run()
    assert "b.pt, which is no checkpoint" in page.error[0].value


def option(page, name):
    return next(box for box in page.selectbox if box.key.startswith(f"bring-open-{name}-"))


def test_what_the_tensors_do_not_say_is_asked_and_told(disk, tmp_path):
    trained, averaged = resnet18(width=4), resnet18(width=4)
    state = under("student.backbone.", trained) | under("teacher.backbone.", averaged)
    torch.save({**state, "student.head.0.weight": torch.ones(6, 32)}, tmp_path / "dino.pth.tar")
    content = (tmp_path / "dino.pth.tar").read_bytes()
    page = opened("Encoder")
    page.file_uploader(key="bring-encoder").set_value([("dino.pth.tar", content, "")]).run()
    assert not page.exception and not page.error
    assert option(page, "weights").options[0] == "as found: student.backbone"
    option(page, "weights").set_value("teacher.backbone").run()
    option(page, "stem_padding").set_value("2").run()
    assert not page.exception and not page.error
    assert any("teacher.backbone (given)" in table.body for table in page.get("html"))
    assert any("stem_padding=2 (given" in table.body for table in page.get("html"))
    assert option(page, "weights").value == "teacher.backbone"


def test_the_remedy_of_shortcuts_without_weights_can_be_followed_on_the_page(disk, tmp_path):
    state = {key: value for key, value in resnet18(width=4).state_dict().items() if "downsample" not in key}
    torch.save(state, tmp_path / "option_a.th")
    page = opened("Encoder")
    upload = [("option_a.th", (tmp_path / "option_a.th").read_bytes(), "")]
    page.file_uploader(key="bring-encoder").set_value(upload).run()
    assert "shortcut=pad-around" in page.error[0].value.replace("\\", "")
    option(page, "shortcut").set_value("pad-around").run()
    assert not page.exception and not page.error
    assert "use-encoder" in {button.key for button in page.button}


def test_a_model_can_be_named_only_where_that_is_open(disk, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    page = opened("Encoder")
    assert "bring-hub" not in {box.key for box in page.text_input}
    assert any(f"{VARIABLE}=1" in caption.value for caption in page.caption)
    monkeypatch.setenv(VARIABLE, "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    page.run()
    for text, sentence in (
        ("transformers:nobody/nothing", "reaches the model hub"),
        (str(disk), "a model is a folder with config.json"),
        ("timm:hf-hub:a/b", "others may hold pickles"),
    ):
        page.text_input(key="bring-hub").set_value(text).run()
        assert not page.exception and sentence in page.error[0].value.replace("\\", "")


def test_recommended_models_are_listed_and_a_click_fills_in_the_id(disk, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    page = opened("Encoder")
    offered = [button for button in page.button if button.key.startswith("recommended-")]
    assert [button.label for button in offered] == [model.title for model in RECOMMENDED]
    assert all(button.disabled for button in offered)
    captions = " ".join(caption.value for caption in page.caption)
    assert all(f"`{model.name}`" in captions and model.licence in captions for model in RECOMMENDED)
    monkeypatch.setenv(VARIABLE, "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    page.run()
    page.button(key="recommended-2").click().run()
    assert page.text_input(key="bring-hub").value == RECOMMENDED[2].name
    assert not page.exception and "reaches the model hub" in page.error[0].value.replace("\\", "")


def test_a_model_on_the_server_is_read_below_opened_folders_only(disk, tmp_path, monkeypatch):
    folder, closed = save(tmp_path / "opened" / "vit", vit()), save(tmp_path / "closed", vit())
    monkeypatch.setenv(FOLDERS, str(tmp_path / "opened"))
    (tmp_path / "opened" / "model.zip").write_bytes(
        zipped(**{path.name: path.read_bytes() for path in folder.iterdir()})
    )
    page = opened("Encoder")
    for path in (folder, tmp_path / "opened" / "model.zip"):
        page.text_input(key="bring-path-encoder").set_value(str(path)).run()
        assert not page.exception and not page.error and files_on(disk) == []
        assert any("ViTModel, usable" in text.value for text in page.markdown)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(closed / "model.safetensors")
    for path in (closed, folder):
        page.text_input(key="bring-path-encoder").set_value(str(path)).run()
        assert not page.exception and "may be read" in page.error[0].value


def test_a_card_that_is_a_link_out_of_an_opened_folder_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "opened").mkdir()
    shutil.copy(MODELS / "ince.safetensors", tmp_path / "opened" / "mine.safetensors")
    (tmp_path / "secret.json").write_text('{"name": "secret"}')
    (tmp_path / "opened" / "mine.json").symlink_to(tmp_path / "secret.json")
    monkeypatch.setenv(FOLDERS, str(tmp_path / "opened"))
    page = opened("Encoder")
    page.text_input(key="bring-path-encoder").set_value(str(tmp_path / "opened" / "mine.safetensors")).run()
    assert not page.exception and "may be read" in page.error[0].value
    (tmp_path / "opened" / "mine.json").unlink()  # as there is no other way
    page.text_input(key="bring-path-encoder").set_value(f"{tmp_path}/opened/./mine.safetensors").run()
    assert not page.exception and not page.error


def test_what_folders_mean_can_be_said_and_the_python_says_it_too(tmp_path, monkeypatch):
    files = {f"{a}/{b}/{k}.png": encoded(noise(k)) for a in ("birds", "fish") for b in ("x", "y") for k in range(3)}
    write(tmp_path / "animals", files)
    monkeypatch.setenv(FOLDERS, str(tmp_path))
    page = opened("Images")
    page.text_input(key="bring-path-images").set_value(str(tmp_path / "animals")).run()
    assert not page.exception and any("domain/class/image" in text.value for text in page.markdown)
    (choice,) = [box for box in page.selectbox if box.label.startswith("Folders above a picture")]
    assert (choice.value == "domain/class" and "class/-" in choice.options) or "class / -" in choice.options
    choice.set_value("class/-").run()
    assert not page.exception and any("class/-/image" in text.value.replace("\\", "") for text in page.markdown)
    page.button(key="use-images").click().run()
    assert not page.exception
    (name,) = [name for name in UPLOADS._things if load_dataset(name).name == "animals"]
    dataset = load_dataset(name)
    assert dataset.class_names == ("birds", "fish") and dataset.layout == "class/-"
    code = python_code(Recipe().with_values(data=name, n=4))
    assert "open_images(Path('animals'), layout='class/-').load()" in code


def test_a_link_names_no_model_of_the_hub(monkeypatch):
    monkeypatch.setenv(VARIABLE, "1")
    test = AppTest.from_file(APP, default_timeout=60)
    test.query_params.update({"n": "16", "encoder": "transformers:nobody/nothing"})
    test.run()
    assert not test.exception and "transformers" in test.warning[0].value


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("model-00001-of-00002.safetensors", "model-00001-of-00002.safetensors"),
        ("../../x/train-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz"),
        ("C:\\x\\model.pt", "model.pt"),
        ("..", "unnamed"),
        (".json", "json"),
        ("a\0b\n.pt", "ab.pt"),
        ("é" * 300 + ".bin", "é" * 50 + ".bin"),
    ],
)
def test_uploads_are_written_under_names_that_stay_in_their_folder(tmp_path, name, wanted):
    (path,) = placed([SimpleNamespace(name=name, getvalue=lambda: b"x")], tmp_path)
    assert path == tmp_path / wanted and path.read_bytes() == b"x"
