"""The layouts of real trainers: which backbone and which projector a file holds, and which can be chosen."""

from itertools import pairwise

import pytest
import torch
from safetensors.torch import save_model
from torch import nn

from gca_viz.encoders import load_encoder
from gca_viz.encoders.checkpoints.words import is_copy, words
from gca_viz.errors import InputError
from tests.encoders.checkpoints.trainers import lively, resnet18, under

IMAGES = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(3))
FEATURES = 32


@pytest.fixture(scope="module")
def backbones():
    torch.manual_seed(0)
    return resnet18(width=4), lively(resnet18(width=4), seed=9)


def mlp(*widths, norms=True, last_norm=False, activation=nn.ReLU, seed=1):
    """Linear, norm, activation, … as an ``nn.Sequential``."""
    torch.manual_seed(seed)
    layers = []
    for k, (a, b) in enumerate(pairwise(widths)):
        last = k == len(widths) - 2
        layers += [nn.Linear(a, b)]
        layers += [nn.BatchNorm1d(b, affine=not last)] if norms and (last_norm or not last) else []
        layers += [] if last else [activation()]
    return lively(nn.Sequential(*layers))


def named(prefix, head, names):
    """The tensors of a head whose layers have names, in order."""
    layers = [layer for layer in head if list(layer.state_dict())]
    return {
        f"{prefix}{name}.{key}": value
        for name, layer in zip(names, layers, strict=True)
        for key, value in layer.state_dict().items()
    }


TWO, THREE = mlp(FEATURES, 24, 12), mlp(FEATURES, 24, 24, 12, last_norm=True)
PLAIN = mlp(FEATURES, 24, 12, norms=False)
ONE = mlp(FEATURES, 12)
GELU = mlp(FEATURES, 24, 24, 12, norms=False, activation=nn.GELU)
OTHER = mlp(FEATURES, 24, 12, seed=7)
PREDICTOR = mlp(12, 24, 12, seed=5)
CLASSES = {"weight": torch.randn(10, FEATURES), "bias": torch.zeros(10)}
PROTOTYPES = {"weight_g": torch.ones(30, 1), "weight_v": torch.randn(30, 12)}


def flat(prefix, tensors):
    return {f"{prefix}{name}": value for name, value in tensors.items()}


#: layout → its file, made of a backbone and an averaged copy of it, and the projector that belongs to it
LAYOUTS = {
    "VISSL, one head": (
        lambda b, c: {
            "classy_state_dict": {
                "base_model": {
                    "model": {"trunk": under("_feature_blocks.", b), "heads": under("0.clf.", PLAIN)},
                    "meta": {},
                },
                "optimizer": {"state": {}},
            }
        },
        PLAIN,
    ),
    "VISSL, a head per layer": (
        lambda b, c: under("trunk._feature_blocks.", b) | named("heads.", PLAIN, ("0.clf.0", "1.clf.0")),
        PLAIN,
    ),
    "VISSL, SwAV": (
        lambda b, c: (
            under("trunk._feature_blocks.", b)
            | under("heads.0.projection_head.", TWO)
            | flat("heads.0.prototypes0.", {"weight": torch.randn(30, 12)})
        ),
        TWO,
    ),
    "mmselfsup, non-linear neck": (
        lambda b, c: under("backbone.", b) | named("neck.", THREE, ("fc0", "bn0", "fc1", "bn1", "fc2", "bn2")),
        THREE,
    ),
    "mmselfsup, SimSiam": (
        lambda b, c: (
            under("backbone.", b)
            | named("neck.", THREE, ("fc0", "bn0", "fc1", "bn1", "fc2", "bn2"))
            | named("head.predictor.", PREDICTOR, ("fc0", "bn0", "fc1"))
        ),
        THREE,
    ),
    "mmselfsup, linear neck": (lambda b, c: under("backbone.", b) | under("neck.fc.", ONE[0]), ONE),
    "mmselfsup, BYOL": (
        lambda b, c: (
            under("online_net.0.", b)
            | named("online_net.1.", TWO, ("fc0", "bn0", "fc1"))
            | under("target_net.0.", c)
            | named("target_net.1.", OTHER, ("fc0", "bn0", "fc1"))
        ),
        TWO,
    ),
    "OpenSelfSup, MoCo v2": (
        lambda b, c: (
            under("encoder_q.0.", b)
            | under("encoder_q.1.mlp.", PLAIN)
            | under("encoder_k.0.", c)
            | under("encoder_k.1.mlp.", PLAIN)
        ),
        PLAIN,
    ),
    "OpenSelfSup, MoCo v1": (lambda b, c: under("encoder_q.0.", b) | under("encoder_q.1.fc.", ONE[0]), ONE),
    "a sequence of two": (lambda b, c: under("0.", b) | under("1.", TWO), TWO),
    "blocks with numbers": (
        lambda b, c: (
            under("backbone.", b)
            | named("projector.", THREE, ("layer1.0", "layer1.1", "layer2.0", "layer2.1", "layer3.0", "layer3.1"))
            | under("predictor.layer1.0.", PREDICTOR[0])
        ),
        THREE,
    ),
    "layers with names": (
        lambda b, c: under("encoder.", b) | named("projection_mlp.", TWO, ("linear1", "bn1", "linear2")),
        TWO,
    ),
    "DINO": (
        lambda b, c: {
            "student": under("module.backbone.", b)
            | under("module.head.mlp.", GELU)
            | flat("module.head.last_layer.", PROTOTYPES),
            "teacher": under("backbone.", c) | under("head.mlp.", OTHER) | flat("head.last_layer.", PROTOTYPES),
        },
        GELU,
    ),
    "lightly, DINO": (
        lambda b, c: (
            under("teacher_backbone.", c)
            | under("teacher_head.layers.", OTHER)
            | under("student_backbone.", b)
            | under("student_head.layers.", GELU)
            | flat("student_head.last_layer.", PROTOTYPES)
        ),
        GELU,
    ),
    "SwAV": (
        lambda b, c: {
            "state_dict": under("module.", b)
            | under("module.projection_head.", TWO)
            | flat("module.prototypes.", {"weight": torch.randn(30, 12)})
        },
        TWO,
    ),
    "MoCo v3": (
        lambda b, c: {
            "state_dict": under("module.base_encoder.", b)
            | under("module.base_encoder.fc.", TWO)
            | under("module.momentum_encoder.", c)
            | under("module.momentum_encoder.fc.", OTHER)
            | under("module.predictor.", PREDICTOR)
        },
        TWO,
    ),
    "SimSiam": (
        lambda b, c: {
            "state_dict": under("module.encoder.", b)
            | under("module.encoder.fc.", THREE)
            | under("module.predictor.", PREDICTOR)
        },
        THREE,
    ),
    "a classifier beside a projector": (
        lambda b, c: under("backbone.", b) | flat("fc.", CLASSES) | flat("head.fc.", CLASSES) | under("g.", TWO),
        TWO,
    ),
    "fully sharded": (
        lambda b, c: (
            under("_fsdp_wrapped_module.backbone._fsdp_wrapped_module.", b)
            | under("_fsdp_wrapped_module.projector._fsdp_wrapped_module.", TWO)
        ),
        TWO,
    ),
    "an EMA beside it": (
        lambda b, c: {
            "state_dict": under("backbone.", b) | under("projector.", TWO),
            "state_dict_ema": under("backbone.", c) | under("projector.", OTHER),
        },
        TWO,
    ),
}


@pytest.fixture
def saved(tmp_path):
    def save(content, name="model.pt"):
        torch.save(content, tmp_path / name)
        return tmp_path / name

    return save


@pytest.mark.parametrize("layout", LAYOUTS)
@torch.no_grad()
def test_a_layout_gives_what_its_network_gives(saved, backbones, layout):
    make, head = LAYOUTS[layout]
    encoder = load_encoder(saved(make(*backbones)))
    x = encoder.preprocess(IMAGES)
    assert torch.allclose(encoder.encode(IMAGES), head(backbones[0](x)), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if "SwAV" in name or "DINO" in name])
def test_prototypes_of_a_file_are_directions_behind_its_projector(saved, backbones, layout):
    content = LAYOUTS[layout][0](*backbones)
    encoder = load_encoder(saved(content))
    assert encoder.prototypes.shape == (30, 12) and encoder.report.prototypes.startswith("30 of 12 numbers (")
    name = encoder.report.prototypes.partition("(")[2].rstrip(")")
    assert "teacher" not in name and name not in encoder.report.ignored
    assert not any("left out" in note for note in encoder.report.notes)
    with pytest.raises(InputError, match="they stand behind the projector. Use output='projector'"):
        load_encoder(saved(content), output="backbone").prototypes  # noqa: B018


def test_a_copys_prototypes_go_with_it_and_what_is_none_is_none(saved, backbones):
    content = LAYOUTS["DINO"][0](*backbones)
    content["teacher"] |= flat("head.last_layer.", {"weight_v": torch.arange(360.0).reshape(30, 12)})
    encoder = load_encoder(saved(content), assume={"weights": "teacher"})
    assert torch.equal(encoder.prototypes, content["teacher"]["head.last_layer.weight_v"])
    # DeepCluster v2 has several; a classifier may be called a last layer; some belong to a head that is not there.
    several = {f"prototypes.prototypes{k}.weight": torch.full((5, 12), 1.0 + k) for k in range(3)}
    both = under("", backbones[0]) | under("projection_head.", TWO)
    report = load_encoder(saved(both | several)).report
    assert report.prototypes == "5 of 12 numbers (prototypes.prototypes0.weight)"
    assert "The prototypes are prototypes.prototypes0.weight; 2 further ones are left out." in report.notes
    for other, said in (
        (flat("last_layer.", CLASSES), "whose file brings none"),
        (flat("prototypes.", {"weight": torch.ones(5, 7)}), "belong to a head that was not rebuilt"),
        (flat("prototypes.", {"weight": torch.full((5, 12), torch.nan)}), "whose file brings none"),
    ):
        encoder = load_encoder(saved(both | other))
        with pytest.raises(InputError, match=f"{said}.* Use centres of the batch"):
            encoder.prototypes  # noqa: B018


CLASSIFIERS = {
    "mmpretrain": "head.fc.",
    "torchvision": "fc.",
    "timm": "head.",
    "kuangliu": "linear.",
    "a classifier": "classifier.",
    "VISSL": "heads.0.clf.",
    "behind a dropout": "fc.1.",
    "a sequence": "1.",
    "a linear head": "linear_head.",
}


@pytest.mark.parametrize("kind", CLASSIFIERS)
@torch.no_grad()
def test_one_linear_layer_of_a_classifiers_name_is_no_projector(saved, backbones, kind):
    prefix = "0." if kind == "a sequence" else "backbone."
    path = saved(under(prefix, backbones[0]) | flat(CLASSIFIERS[kind], CLASSES))
    report = load_encoder(path, output="backbone").report
    assert report.outputs == ("backbone",) and len(report.ignored) == 2
    # It can be said that it is one, all the same: the sentence tells how.
    name = CLASSIFIERS[kind].rstrip(".")
    said = [note for note in report.notes if "taken for a classifier" in note]
    asked = said[0].partition("; ")[2].partition(" makes")[0] if said else f"projector={name}"
    encoder = load_encoder(path, assume=asked)
    layer = nn.Linear(FEATURES, 10)
    layer.load_state_dict(CLASSES)
    expected = layer(backbones[0](encoder.preprocess(IMAGES)))
    assert torch.allclose(encoder.encode(IMAGES), expected, atol=1e-5) and encoder.report.assume.given


COPY_OF = {"DINO": "teacher", "MoCo v3": "momentum_encoder", "an EMA beside it": "ema"}


@pytest.mark.parametrize("layout, word", COPY_OF.items())
@torch.no_grad()
def test_the_averaged_copy_can_be_chosen_with_its_own_projector(saved, backbones, layout, word):
    path = saved(LAYOUTS[layout][0](*backbones))
    trained, averaged = load_encoder(path), load_encoder(path, assume={"weights": word})
    assert any(word in answer for answer in trained.report.questions[0].answers) and word in str(trained.report)
    x = averaged.preprocess(IMAGES)
    activated = OTHER if layout != "DINO" else nn.Sequential(OTHER[0], OTHER[1], nn.GELU(), OTHER[3])
    assert torch.allclose(averaged.encode(IMAGES), activated(backbones[1](x)), atol=1e-5, rtol=1e-4)
    assert averaged.content_id != trained.content_id
    assert f"{averaged.report.questions[0].answer} (given)" in averaged.report.facts["Weights"]
    with pytest.raises(InputError, match="its backbones are .*Use one of these, e.g. weights=") as caught:
        load_encoder(path, assume={"weights": "nobody"})
    remedy = caught.value.remedy.rpartition(" ")[2]
    assert load_encoder(path, assume=remedy).report.verdict == "usable"


@torch.no_grad()
def test_a_projector_can_be_chosen_left_out_or_given_another_activation(saved, backbones):
    path = saved(under("backbone.", backbones[0]) | under("projector.", TWO) | under("head.", OTHER))
    found = load_encoder(path)
    x = backbones[0](found.preprocess(IMAGES))
    assert torch.allclose(found.encode(IMAGES), TWO(x), atol=1e-5)
    assert torch.allclose(load_encoder(path, assume={"projector": "head"}).encode(IMAGES), OTHER(x), atol=1e-5)
    assert load_encoder(path, output="backbone", assume="projector=none").report.outputs == ("backbone",)
    gelu = nn.Sequential(TWO[0], TWO[1], nn.GELU(), TWO[3])
    assert torch.allclose(load_encoder(path, assume="activation=gelu").encode(IMAGES), gelu(x), atol=1e-5)
    for wrong, remedy in (("nothing.here", "projector"), ("backbone.layer1", "head")):
        with pytest.raises(InputError) as caught:
            load_encoder(path, assume={"projector": wrong})
        assert remedy in f"{caught.value.allowed} {caught.value.remedy}"


@torch.no_grad()
def test_tensors_that_safetensors_stored_once_are_under_all_their_names(tmp_path, backbones):
    model = nn.Module()
    model.encoder, model.online = backbones[0], nn.Module()
    model.online.net, model.online.projector = backbones[0], TWO
    save_model(model, str(tmp_path / "model.safetensors"))
    encoder = load_encoder(tmp_path / "model.safetensors")
    x = encoder.preprocess(IMAGES)
    assert torch.allclose(encoder.encode(IMAGES), TWO(backbones[0](x)), atol=1e-5)


COPIES = ("momentum_encoder", "teacher", "model_ema", "ema", "target_net", "encoder_k", "key_encoder", "swa_model")
NO_COPIES = ("swav", "emanet", "targets_encoder", "teacherforcing", "momentumless", "swan", "keypoint_net", "rank")


def test_copies_are_known_by_whole_words():
    assert words("momentumEncoder2_k") == ["momentum", "encoder", "2", "k"]
    assert all(map(is_copy, (*COPIES, "momentumEncoder", "netEMA")))
    assert not any(map(is_copy, (*NO_COPIES, "encoder_q", "student", "", "0")))


@pytest.mark.parametrize("name", NO_COPIES)
def test_a_name_that_begins_like_that_of_a_copy_is_none(saved, backbones, name):
    both = under(f"{name}.", backbones[0]) | under("teacher.", backbones[1])
    report = load_encoder(saved(both), output="backbone").report
    assert report.questions[0].answer == name
    alone = load_encoder(saved(under(f"{name}.backbone.", backbones[0])), output="backbone").report
    assert not any("copy" in note for note in alone.notes)


@pytest.mark.parametrize("part", ["amplifier", "lossless_encoder", "optimised", "schedulerless", "ample"])
def test_a_part_whose_name_begins_like_that_of_an_optimizer_is_read(saved, backbones, part):
    content = {part: backbones[0].state_dict(), "optimizer_states": [{"state": {}}], "lr_scheduler": {"last": 1}}
    assert load_encoder(saved(content), output="backbone").report.verdict == "usable without projector"
