"""A model's folder from a zip, an upload or the hub: what is not wholly there, or leads elsewhere, is refused."""

import json
import pickle
import shutil
import stat
import zipfile

import huggingface_hub
import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import save_file

from gca_viz.encoders import encoder_id, load_encoder, outputs_of, uploads
from gca_viz.encoders.hub.model_folder import unpacked
from gca_viz.encoders.hub.names import VARIABLE, allowed_name
from gca_viz.errors import InputError
from tests.encoders.hub.loading import load_hub
from tests.encoders.hub.test_hub import Payload, change, channels_first, clip, save, vit
from tests.encoders.hub.test_hub import images as images


@pytest.fixture(scope="module")
def vit_folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("vit"), vit())


@pytest.fixture
def copied(vit_folder, tmp_path):
    """A folder of its own that a test may damage."""
    return shutil.copytree(vit_folder, tmp_path / "copy")


@pytest.fixture
def below(tmp_path):
    (tmp_path / "below").mkdir()
    return tmp_path / "below"


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def zipped(path, files, top=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{top}{name}" if isinstance(name, str) else name, content)
    return path


@pytest.mark.parametrize("top", ["", "vit/", "./models/vit/"])
def test_a_zip_is_its_folder_and_nothing_else_in_it_is_written(tmp_path, below, vit_folder, top, images):
    files = files_of(vit_folder)
    others = {
        f"{top}pytorch_model.bin": pickle.dumps(Payload(tmp_path / "ran")),
        f"{top}modeling.py": b"raise SystemExit",
        f"{top}onnx/model.safetensors": b"other",
        f"__MACOSX/{top}._config.json": b"x",
    }
    archive = zipped(tmp_path / "mine.zip", {f"{top}{name}": content for name, content in files.items()} | others)
    folder = unpacked(archive, below)
    assert folder == below / "mine" and files_of(folder) == files
    wanted = load_hub(vit_folder)
    encoder = load_hub(archive)  # the same reader takes it apart
    assert encoder.content_id == wanted.content_id
    assert torch.equal(encoder.encode(channels_first(images)), wanted.encode(channels_first(images)))
    assert not (tmp_path / "ran").exists()


def link():
    member = zipfile.ZipInfo("vit/model.safetensors")
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"../evil.json": b"{}"}, "paths in an archive must stay inside it"),
        ({"/etc/evil.json": b"{}"}, "paths in an archive must stay inside it"),
        ({"vit\\..\\..\\evil.json": b"{}"}, "paths in an archive must stay inside it"),
        ({link(): "/etc/passwd"}, "an archive may hold files and folders only"),
        ({"bomb.json": bytes(20_000_000)}, "at most 200 times its packed size"),
    ],
)
def test_a_hostile_zip_is_refused_before_anything_is_written(tmp_path, below, vit_folder, more, sentence):
    archive = zipped(tmp_path / "evil.zip", files_of(vit_folder) | more)
    with pytest.raises(InputError, match=sentence):
        unpacked(archive, below)
    assert not list(below.iterdir()) and not (tmp_path / "evil.json").exists()


def test_a_zip_without_all_of_a_model_is_refused(tmp_path, below, vit_folder):
    files = files_of(vit_folder)
    weights = files.pop("model.safetensors")
    pickled = {"pytorch_model.bin": pickle.dumps(Payload(tmp_path / "ran"))}
    with pytest.raises(InputError, match="the folder a with .*pytorch_model.bin;.*pickled weights can run code"):
        unpacked(zipped(tmp_path / "a.zip", files | pickled, "vit/"), below)
    del files["preprocessor_config.json"]
    with pytest.raises(InputError, match="has config.json, preprocessor_config.json and model.safetensors"):
        unpacked(zipped(tmp_path / "a.zip", files | {"model.safetensors": weights}), below)
    with pytest.raises(InputError, match="the folder a with nothing in it"):
        unpacked(zipped(tmp_path / "a.zip", {}), below)
    assert not list(below.iterdir()) and not (tmp_path / "ran").exists()


def test_a_damaged_zip_is_refused(tmp_path, below, vit_folder):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in files_of(vit_folder).items():
            file.writestr(name, content)
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"image_mean", b"image_mess"))
    with pytest.raises(InputError, match=r"a.zip, which could not be read \(Bad CRC"):
        unpacked(archive, below)
    archive.write_bytes(content[:-100])
    with pytest.raises(InputError, match="a complete zip or tar archive is needed"):
        unpacked(archive, below)


def test_weights_in_parts_lie_beside_their_index(copied, vit_folder, monkeypatch):
    weights = copied / "model.safetensors"
    tensors = load_hub(vit_folder).network.model.state_dict()
    weights.unlink()
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    for k, name in enumerate(names):
        save_file(dict(list(tensors.items())[k::2]), copied / name)
    index = {"metadata": {}, "weight_map": {key: names[k % 2] for k, key in enumerate(tensors)}}
    path = copied / "model.safetensors.index.json"
    path.write_text(json.dumps(index))
    assert load_hub(copied).report.matched == len(tensors)
    monkeypatch.setenv("GCA_VIZ_MAX_UNPACKED_BYTES", "100000")
    with pytest.raises(InputError, match="the folder copy with 0.1 MB; at most 0.1 MB are read"):
        load_hub(copied)
    shutil.copy(vit_folder / "model.safetensors", copied.parent / "secret.safetensors")
    (copied / "pytorch_model.bin").touch()
    for stranger in ("../secret.safetensors", str(copied.parent / "secret.safetensors"), "pytorch_model.bin", "no"):
        path.write_text(json.dumps(index | {"weight_map": {"layernorm.bias": stranger}}))
        with pytest.raises(InputError, match=f"without {stranger}, which its model.safetensors.index.json names"):
            load_hub(copied)
    for broken in ("", "[]", '{"weight_map": 3}', '{"weight_map": {"a": 3}}', "[" * 100_000):
        path.write_text(broken)
        with pytest.raises(InputError, match="the folder copy"):
            load_hub(copied)


def test_only_safetensors_of_tensors_are_weights(copied):
    torch.save({"a": torch.zeros(2)}, copied / "model.safetensors")
    with pytest.raises(InputError, match="the file model.safetensors, which torch.save wrote"):
        load_hub(copied)


def test_a_configuration_asks_for_no_code_no_other_model_and_no_more_than_the_weights(copied):
    whole = (copied / "config.json").read_text()
    for settings, sentence in (
        ({"backbone": "microsoft/resnet-50"}, r"that is built on another model \(microsoft/resnet-50\)"),
        ({"vision_config": {"backbone": "resnet50"}}, "that is built on another model"),
        ({"vision_config": {"auto_map": {"AutoModel": "x.Y"}}}, r"with Python code of its own \(AutoModel\)"),
        ({"quantization_config": {"quant_method": "bitsandbytes"}}, "with quantised weights"),
        ({"attn_implementation": "someone/kernel"}, r"with attention of its own \(someone/kernel\)"),
        ({"_attn_implementation": "flash_attention_2"}, "with attention of its own"),
        ({"num_hidden_layers": 10**9}, "asks for num_hidden_layers = 1000000000; its weights are 40 tensors"),
        ({"depths": [[500, 501]]}, "asks for depths"),
        ({"intermediate_size": 10**9}, "asks for intermediate_size = 1,000,000,000"),
        ({"intermediate_size": 30_000, "num_hidden_layers": 39}, "asks for a network of .* numbers"),
        ({"hidden_size": 10**9}, "the folder copy"),
    ):
        change(copied, "config.json", **settings)
        with pytest.raises(InputError, match=sentence):
            load_hub(copied)
        (copied / "config.json").write_text(whole)
    change(copied, "config.json", attn_implementation="eager", label2id={"backbone": 5000, "stage": 5001})
    load_hub(copied)
    (copied / "config.json").write_text(whole[:-2] + " " * 10_000_000 + "}")
    with pytest.raises(InputError, match="config.json of 10 MB; a configuration has at most 10 MB"):
        load_hub(copied)


@pytest.mark.parametrize(
    "settings", [{"size": {"height": 10**6, "width": 32}}, {"pad_size": 10**6, "do_pad": True}]
)
def test_an_image_processor_makes_no_image_of_any_size(copied, settings):
    change(copied, **settings)
    with pytest.raises(InputError, match="images are resized to 1 … 1024 pixels|the folder copy"):
        load_hub(copied)


def test_embeddings_that_are_no_numbers_are_refused(copied):
    tensors = load_hub(copied).network.model.state_dict()
    save_file(
        {key: torch.full_like(t, torch.nan) if key == "layernorm.bias" else t for key, t in tensors.items()},
        copied / "model.safetensors",
    )
    with pytest.raises(InputError, match="its embeddings are not finite"):
        load_hub(copied)


def test_a_brought_folder_is_kept_when_its_files_go(tmp_path, images):
    folder = save(tmp_path / "clip", clip())
    name = uploads.keep(folder, "Mine", input_size=32, mean=(0.5,) * 3, std=(0.25,) * 3)
    given = {"input_size": 32, "mean": (0.5,) * 3, "std": (0.25,) * 3}
    wanted = load_hub(folder, output="projector", **given)
    for file in folder.iterdir():
        file.write_bytes(b"")
    encoder = load_encoder(name)
    assert torch.equal(encoder.encode(channels_first(images)), wanted.encode(channels_first(images)))
    assert encoder.name == name and encoder.content_id == encoder_id(name) == wanted.content_id
    assert outputs_of(name) == ("projector", "backbone") and encoder_id(name, "backbone") != encoder_id(name)
    report = uploads.report_of(name)
    assert report.normalisation_from == report.size_from == "given" and report.mean == (0.5,) * 3
    other = load_encoder(name, mean=(0.1,) * 3, std=(0.2,) * 3)
    assert other.mean == (0.1,) * 3 and other.report.size_from == "given"
    assert other.content_id != encoder.content_id
    next(encoder.network.parameters()).data.zero_()  # a caller's own copy
    assert torch.equal(load_encoder(name).encode(channels_first(images)), wanted.encode(channels_first(images)))
    uploads.forget(name)
    with pytest.raises(InputError, match="Bring the file again"):
        load_encoder(name)


def test_a_model_in_the_cache_is_not_asked_for_again(vit_folder, monkeypatch):
    asked = []

    def download(identifier, *, local_files_only=False, allow_patterns):
        asked.append((identifier, local_files_only))
        assert not any("bin" in pattern for pattern in allow_patterns)
        return str(vit_folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert load_hub("transformers:some/vit").content_id == load_hub(vit_folder).content_id
    assert asked == [("some/vit", True)]


def test_a_hub_that_does_not_answer_is_asked_once(monkeypatch):
    asked = []

    def download(identifier, *, local_files_only=False, **_):
        asked.append(local_files_only)
        raise LocalEntryNotFoundError("not here")

    def model_info(self, identifier, *, timeout):
        asked.append(timeout)
        raise TimeoutError("timed out")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", model_info)
    with pytest.raises(InputError, match="transformers:some/vit: timed out.*reaches the model hub"):
        load_hub("transformers:some/vit")
    assert asked == [True, 5]


def test_a_text_is_never_a_path(vit_folder, monkeypatch):
    for text in (str(vit_folder), ".", "~"):
        with pytest.raises(InputError, match="a model is a folder"):
            uploads.keep(text, "Mine")


def test_browsers_name_models_only_where_that_is_open(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(InputError, match=f"Start the app with {VARIABLE}=1"):
        allowed_name("transformers:some/vit")
    monkeypatch.setenv(VARIABLE, "1")
    assert allowed_name(" transformers:some/vit ") == "transformers:some/vit"
    assert allowed_name("timm:resnet18") == "timm:resnet18"
    with pytest.raises(InputError, match="others may hold pickles"):
        allowed_name("timm:hf-hub:someone/model")
