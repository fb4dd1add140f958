"""Models of strangers: held to bounds before anything is built, and tried in a process of their own."""

# ruff: noqa: F401, F811

import base64
import json
import shutil
import struct
import subprocess
import time

import pytest
import torch
import transformers

from gca_viz.encoders import load_encoder, uploads
from gca_viz.encoders.hub import trial
from gca_viz.encoders.hub.transformers_tokenizer import TokenizerError, check_tokenizer
from gca_viz.encoders.hub.transformers_vision import TransformersVision
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.errors import InputError
from tests.encoders.hub.loading import load_hub
from tests.encoders.hub.test_hub import VISION, change, channels_first, copied, images, save, vit_folder, whole_clip

WORDS = {"type": "WordLevel", "vocab": {"<unk>": 0, "a": 1}, "unk_token": "<unk>"}
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def replace(new: str, **pattern: str) -> dict:
    return {"type": "Replace", "pattern": pattern, "content": new}


def split(pattern: str) -> dict:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def table(*pieces: bytes) -> dict:
    """A table of SentencePiece without entries, of these texts."""
    content = struct.pack("<II", 4, 0) + b"\0".join(pieces)
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(content).decode()}


def nested(step: dict, times: int) -> dict:
    for _ in range(times):
        step = {"type": "Sequence", "normalizers": [step]}
    return step


@pytest.fixture
def check(tmp_path):
    """``check(part=…)`` holds a tokenizer with that part, for a model of two tokens."""

    def run(settings=None, **parts):
        content = {"version": "1.0", "model": WORDS, "added_tokens": []} | parts
        (tmp_path / "tokenizer.json").write_text(json.dumps(content))
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings or {}))
        check_tokenizer(tmp_path, 2)

    return run


@pytest.mark.parametrize(
    "parts",
    [
        {"normalizer": {"type": "Sequence", "normalizers": [replace("aa", String="a")] * 40}},
        {"normalizer": nested({"type": "Sequence", "normalizers": [replace("aa", String="a")] * 8}, 2)},
        {"normalizer": replace("a" * 50, Regex="a")},
        {"normalizer": replace("a" * 50, Regex="")},
        {"normalizer": {"type": "Prepend", "prepend": "a" * 50}},
        {"normalizer": nested({"type": "NFC"}, 6)},
        {"normalizer": nested({"type": "NFC"}, 60)},
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}] * 200}},
        {"normalizer": table(b"a" * 500)},
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
        {"normalizer": {"type": "Python", "code": "1"}},
        {"normalizer": "NFC"},
        {"normalizer": replace("", Regex="(a+)+$")},
        {"pre_tokenizer": split("(a|a)*b")},
        {"pre_tokenizer": split("(?<=a)b")},
        {"pre_tokenizer": split(r"(a)\1+")},
        {"pre_tokenizer": split("a*a*a*b")},
        {"pre_tokenizer": split("a**")},
        {"pre_tokenizer": split("[a")},
        {"pre_tokenizer": split("a{1,999999}")},
        {"pre_tokenizer": split("a" * 2000)},
        {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [split("(a+)+")]}},
        {"decoder": replace("", Regex="(a+)+$")},
        {
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"Sequence": {"id": "A", "type_id": 0}}] * 200,
            }
        },
        {"model": WORDS | {"vocab": {"a": 5}}},
        {"model": WORDS | {"vocab": {"a": -1}}},
        {"model": WORDS | {"vocab": {"a": "b"}}},
        {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}},
        {"model": {"type": "WordPiece", "vocab": {"a": 0}, "max_input_chars_per_word": 10**9}},
        {"model": {"type": "Mine", "vocab": {}}},
        {"added_tokens": [{"id": 10**6, "content": "b"}]},
        {"padding": {"strategy": {"Fixed": 10**12}}},
        {"truncation": {"max_length": 10**12}},
        {"settings": {"extra_ids": 10**6}},
        {"settings": {"added_tokens_decoder": {"99999999999": {"content": "a"}}}},
        {"settings": {"vocab_file": "/etc/passwd"}},
        {"settings": {"auto_map": {"AutoTokenizer": "own.Mine"}}},
    ],
    ids=lambda parts: json.dumps(parts)[:60],
)
def test_a_tokenizer_of_unknown_parts_or_without_bounds_is_not_built(check, parts):
    with pytest.raises((TokenizerError, InputError)):
        check(**parts)


@pytest.mark.parametrize(
    "parts",
    [
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, replace(" ", Regex=r"\s+")]}},
        {"normalizer": {"type": "Sequence", "normalizers": [replace("", String=sign) for sign in '!"#$%&()']}},
        {"normalizer": replace("▁", String=" ")},
        {"normalizer": replace(" ", Regex=" {2,}")},
        {"normalizer": table(b"a", b"ffi")},
        {"normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None},
        {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [split(GPT2), {"type": "ByteLevel"}]}},
        {"pre_tokenizer": split(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")},
        {"pre_tokenizer": split(r"\d{1,3}|[^\d\s]+|\s")},
        {"settings": {"model_max_length": int(1e30), "extra_ids": 100, "auto_map": None, "vocab_file": None}},
        {"padding": {"strategy": "BatchLongest"}, "truncation": {"max_length": 77}},
    ],
    ids=lambda parts: json.dumps(parts)[:60],
)
def test_the_tokenizers_of_known_models_are(check, parts):
    check(**parts)


def test_a_tokenizer_that_is_not_built_leaves_the_images(whole_clip, tmp_path, images):
    folder = shutil.copytree(whole_clip, tmp_path / "copy")
    for part in (
        {"normalizer": {"type": "Sequence", "normalizers": [replace("aa", String="a")] * 60}},
        {"pre_tokenizer": split("(a+)+$")},
    ):
        path = folder / "tokenizer.json"
        path.write_text(json.dumps(json.loads((whole_clip / "tokenizer.json").read_text()) | part))
        encoder = load_hub(folder)
        assert encoder.report.texts == "" and "Texts are not read: it" in encoder.report.notes[0]
        assert encoder.encode(channels_first(images)).shape[1] == 32


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"num_labels": 10**9}, "num_labels = 1,000,000,000; a model has at most 1,000,000 entries"),
        ({"patch_size": 1, "image_size": 224}, "cuts an image into 50,176 patches"),
        ({"patch_size": [1, 1], "image_size": [224, 224]}, "cuts an image into 50,176 patches"),
        ({"patch_size": 0, "image_size": 500}, "250,000 patches"),
        ({"vision_config": {"patch_size": 1, "image_size": 500}}, "250,000 patches"),
        ({"patch_size": 1, "image_size": 128, "num_hidden_layers": 40}, "16,384 patches in each of 40 layers"),
        ({"hidden_size": 10**6}, "hidden_size = 1,000,000; a model has at most 32,768 channels"),
        ({"text_config": {"vocab_size": 10**8}}, "vocab_size = 100,000,000"),
        ({"text_config": {"max_position_embeddings": 10**8}}, "max_position_embeddings = 100,000,000"),
        ({"num_attention_heads": 10**6}, "num_attention_heads"),
        ({"num_channels": 10**6}, "num_channels"),
        ({"some_new_number": 10**12}, "some_new_number = 1,000,000,000,000"),
        ({"lists": [1, 10**12]}, "lists = 1,000,000,000,000"),
        ({"model_type": "bert"}, "model_type = 'bert'; an image model is needed"),
        ({"model_type": 3}, "an image model is needed"),
    ],
)
def test_a_configuration_without_bounds_is_refused_before_anything_is_built(copied, settings, told, monkeypatch):
    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", lambda *_, **__: pytest.fail("built"))
    change(copied, "config.json", **settings)
    with pytest.raises(InputError, match=told):
        load_hub(copied)


def test_the_remedy_of_a_bound_is_to_raise_it(copied, monkeypatch):
    change(copied, "config.json", max_position_embeddings=20_000)
    with pytest.raises(InputError, match="GCA_VIZ_MAX_TOKENS=20000 in its environment"):
        load_hub(copied)
    monkeypatch.setenv("GCA_VIZ_MAX_TOKENS", "20000")
    assert load_hub(copied).report.outputs == ("backbone",)


@pytest.mark.parametrize(
    "settings",
    [
        {"size": {"height": 10**6, "width": 32}},
        {"size_divisor": 10**6},
        {"pad_size": {"height": 10**6, "width": 10**6}},
        {"image_processor": {"crop_size": 10**6}},
    ],
)
def test_an_image_processor_without_bounds_is_refused_before_it_is_built(copied, settings, monkeypatch):
    monkeypatch.setattr(transformers.AutoImageProcessor, "from_pretrained", lambda *_, **__: pytest.fail("built"))
    change(copied, **settings)
    with pytest.raises(InputError, match="1000000"):
        load_hub(copied)


@pytest.mark.parametrize(
    ("kind", "config", "told"),
    [
        ("ViTMAEModel", "ViTMAEConfig", ""),
        ("VideoMAEModel", "VideoMAEConfig", "the folder"),
        ("VivitModel", "VivitConfig", "the folder"),
        ("BeitModel", "BeitConfig", ""),
        ("Data2VecVisionModel", "Data2VecVisionConfig", ""),
        ("Dinov2Model", "Dinov2Config", ""),
        ("Dinov2WithRegistersModel", "Dinov2WithRegistersConfig", ""),
        ("DeiTModel", "DeiTConfig", ""),
    ],
)
def test_videos_are_refused_and_models_of_masks_see_every_patch(tmp_path, images, kind, config, told):
    save(tmp_path, getattr(transformers, kind)(getattr(transformers, config)(**VISION)))
    if told:
        with pytest.raises(InputError, match=told):
            load_hub(tmp_path)
    else:
        one, again = (load_hub(tmp_path).encode(channels_first(images)) for _ in range(2))
        assert (one == again).all() and one.std(0).max() > 1e-3


def test_a_network_of_chance_is_found_out(vit_folder, monkeypatch):
    honest = TransformersVision.backbone

    def random_masks(self, x):
        return honest(self, x) * (torch.rand(x.shape[0], 1) > 0.5)

    load_hub(vit_folder)
    monkeypatch.setattr(TransformersVision, "backbone", random_masks)
    with pytest.raises(InputError, match="random masks"):
        for _ in range(20):  # two draws may be alike
            load_hub(vit_folder)


def test_what_passes_its_trial_is_the_model_itself(vit_folder, images):
    told = []
    name = uploads.keep(vit_folder, "Mine", progress=lambda share, what: told.append(what))
    assert "process of its own" in told[0]
    wanted = load_hub(vit_folder)
    assert load_encoder(name, output="backbone").content_id == wanted.content_id
    uploads.forget(name)


def test_what_is_too_slow_or_too_large_ends_its_own_process_alone(tmp_path, monkeypatch):
    """16,384 patches see each other: within the bounds of a configuration, and beyond those of a trial."""
    vision = VISION | {"image_size": 128, "patch_size": 1}
    folder = save(tmp_path / "large", transformers.ViTModel(transformers.ViTConfig(**vision)))
    change(folder, size={"height": 128, "width": 128})
    monkeypatch.setenv("GCA_VIZ_MAX_TRIAL_SECONDS", "2")
    with pytest.raises(InputError, match=r"took longer than 2 seconds.*higher GCA_VIZ_MAX_TRIAL_SECONDS"):
        uploads.keep(folder, "Slow")
    change(folder, "config.json", attn_implementation="eager")
    monkeypatch.setenv("GCA_VIZ_MAX_TRIAL_SECONDS", "60")
    monkeypatch.setenv("GCA_VIZ_MAX_TRIAL_BYTES", "500000000")
    with pytest.raises(InputError, match="takes more memory; .*500 MB beside its weights"):
        uploads.keep(folder, "Large")


def test_a_closed_page_ends_the_trial(vit_folder, monkeypatch):
    class Closed(BaseException):
        """As Streamlit ends the run of a page that nobody looks at."""

    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(trial.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[0])

    def closed(share, what):
        raise Closed

    with pytest.raises(Closed):
        uploads.keep(vit_folder, "Mine", progress=closed)
    assert started[0].poll() is not None


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (-6, "", "ended the process"),
        (-11, "{", "ended the process"),
        (1, "Traceback", "ended the process"),
        (0, "", "ended the process"),
        (0, "[]", "ended the process"),
        (-24, "", "took longer"),
        (0, json.dumps({"got": "a", "allowed": "b", "remedy": "c"}), "Got a; b. c."),
    ],
)
def test_however_the_process_ends_a_sentence_says_so(status, answer, told):
    with pytest.raises(InputError, match=told):
        trial._judge(status, answer, "the folder x")


def test_a_process_that_never_ends_is_ended(vit_folder, monkeypatch):
    monkeypatch.setattr(trial, "_START", 0.3)
    monkeypatch.setattr(trial, "_WAITING", 0)
    started = time.monotonic()
    with pytest.raises(InputError, match="took longer"):
        trial.try_elsewhere(vit_folder, "the folder x", Preprocessing())
    assert time.monotonic() - started < 20
