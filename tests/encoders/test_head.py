from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from gca_viz.cli import main
from gca_viz.datasets import load_dataset
from gca_viz.encoders import encoder_id, is_head, load_encoder, outputs_of, uploads
from gca_viz.encoders.checkpoints.ground import Ground
from gca_viz.encoders.head import save_head
from gca_viz.errors import InputError
from gca_viz.experiments.train.networks import Head
from gca_viz.views import to_tensor


@pytest.fixture(scope="module")
def images():
    return to_tensor(load_dataset("emoji").images[::300])


def head_on(path, output="projector", **other):
    """Write a head with numbers of its own on the encoder ince, and return its layers."""
    ground = Ground("ince", encoder_id("ince", output), output)
    torch.manual_seed(1)
    head = Head(64 if output == "projector" else 128)
    head.projector(torch.randn(50, head.projector[0].in_features))  # batch norm has seen something
    save_head(path, head.state_dict(), replace(ground, **other))
    return head.projector.eval()


@pytest.mark.parametrize("output", ["projector", "backbone"])
def test_a_head_gives_what_its_layers_make_of_the_encoder_below(tmp_path, images, output):
    path = tmp_path / "mine.safetensors"
    layers = head_on(path, output=output)
    below = load_encoder("ince", output=output).encode(images)
    assert torch.equal(load_encoder(path, output="backbone").encode(images), below)
    with torch.inference_mode():
        assert torch.allclose(load_encoder(path).encode(images), layers(below), atol=1e-5)
    assert torch.allclose(load_encoder(path).on_top(below), load_encoder(path).encode(images), atol=1e-5)
    assert is_head(path) and not is_head("ince") and outputs_of(path) == ("projector", "backbone")


def test_equal_ids_mean_equal_embeddings_below_and_on_top(tmp_path):
    one, other, wider = (tmp_path / f"{name}.safetensors" for name in ("one", "other", "wider"))
    head_on(one)
    head_on(other)
    head_on(wider, output="backbone")
    assert encoder_id(one, "backbone") == encoder_id(other, "backbone") == encoder_id("ince")
    assert encoder_id(one) == encoder_id(other)
    assert encoder_id(wider, "backbone") == encoder_id("ince", "backbone") and encoder_id(wider) != encoder_id(one)
    larger = load_encoder(one, input_size=48)
    assert larger.content_id != load_encoder(one).content_id and larger.input_size == larger.below.input_size == 48


def test_a_head_is_read_wherever_an_encoder_is(tmp_path, images, capsys):
    path = tmp_path / "mine.safetensors"
    head_on(path)
    z = load_encoder(path).encode(images)
    name = uploads.keep(path, "Mine")
    assert torch.equal(load_encoder(name).encode(images), z) and is_head(name)
    assert uploads.report_of(name).architecture == "Head on SmallResNet"
    main(["convert", str(path), "--output", str(tmp_path / "copy.safetensors")])
    assert "Head on SmallResNet: usable" in capsys.readouterr().out
    assert torch.equal(load_encoder(tmp_path / "copy.safetensors").encode(images), z)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"content_id": "another"}, "a head on ince of other weights.*gca-viz train --on ince"),
        ({"name": "gone.safetensors"}, "a head on gone.safetensors, which cannot be loaded.*gone.safetensors"),
        ({"content_id": None}, "does not say on which weights"),
    ],
)
def test_an_encoder_that_is_missing_or_another_is_told(tmp_path, other, message):
    path = tmp_path / "mine.safetensors"
    head_on(path, **other)
    with pytest.raises(InputError, match=message):
        load_encoder(path)
    with pytest.raises(InputError):
        is_head(path)


def test_metadata_that_say_something_else_are_told(tmp_path):
    path = tmp_path / "mine.safetensors"
    for text in ("ince", "[]", '{"name": "ince"}', '{"name": "ince", "content_id": "x", "output": "logits"}'):
        save_file({"projector.0.weight": torch.ones(2, 64)}, path, metadata={"on": text})
        with pytest.raises(InputError, match="does not say on which weights"):
            load_encoder(path)


def test_a_head_stands_on_no_other_head(tmp_path):
    first, second, itself = (tmp_path / f"{name}.safetensors" for name in ("first", "second", "itself"))
    head_on(first)
    head_on(second)
    for path, below in ((second, first), (itself, itself)):
        tensors = load_file(first)
        save_file(tensors, path, metadata=Ground(str(below), "any", "projector").metadata)
        with pytest.raises(InputError, match="which is a head itself"):
            load_encoder(path)


def test_a_stranger_names_no_file_or_model_of_the_server(tmp_path):
    path, below = tmp_path / "mine.safetensors", tmp_path / "below.safetensors"
    head_on(path)
    below.write_bytes(path.read_bytes())
    for name in (str(below), "timm:resnet18", "transformers:someone/model"):
        save_file(load_file(path), path, metadata=Ground(name, "any", "projector").metadata)
        with pytest.raises(InputError, match="an uploaded head stands on an encoder that ships"):
            uploads.keep(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {}, "holds no head: no projector"),
        (
            lambda x: x | {"projector.0.weight": x["projector.0.weight"][:, :9].clone()},
            "takes 9 numbers where 64 come",
        ),
        (
            lambda x: x | {"projector.3.bias": x["projector.3.bias"] * np.nan},
            "projector.3.bias that are no finite floats",
        ),
        (
            lambda x: x | {"projector.3.bias": x["projector.3.bias"].int()},
            "projector.3.bias that are no finite floats",
        ),
    ],
)
def test_tensors_that_are_no_head_are_refused(tmp_path, change, message):
    path = tmp_path / "mine.safetensors"
    head_on(path)
    save_file(change(load_file(path)), path, metadata=Ground("ince", encoder_id("ince"), "projector").metadata)
    with pytest.raises(InputError, match=message):
        load_encoder(path)
