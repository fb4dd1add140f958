"""What researchers' trainers write is read, and gives the embeddings that their own network gives."""

import copy

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gca_viz.encoders import SmallResNet, default_output, encoder_id, load_encoder, outputs_of
from gca_viz.encoders.bundled import MODELS
from gca_viz.errors import InputError
from tests.encoders.checkpoints.trainers import TRAINERS, lively, projector, resnet18, resnet50, sequential, under

IMAGES = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(3))
WIDTH = 8


def close(a, b):
    return torch.allclose(a, b, atol=1e-5, rtol=1e-5)


def saved(tmp_path, content, name="model.pt"):
    torch.save(content, tmp_path / name)
    return tmp_path / name


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    backbone, other = resnet18(width=WIDTH), resnet18(width=WIDTH)
    return backbone, projector(backbone.features), other, projector(other.features)


@pytest.mark.parametrize("trainer", TRAINERS)
@torch.no_grad()
def test_the_checkpoint_of_any_trainer_gives_what_its_network_gives(tmp_path, networks, trainer):
    backbone, head, *_ = networks
    path = saved(tmp_path, TRAINERS[trainer](*networks))
    encoder = load_encoder(path)
    x = encoder.preprocess(IMAGES)
    assert close(encoder.encode(IMAGES), head(backbone(x)))
    assert close(load_encoder(path, output="backbone").encode(IMAGES), backbone(x))
    report = encoder.report
    assert report.architecture == "ResNet-18" and report.verdict == "usable" and "CIFAR" in report.stem
    assert report.matched == len(backbone.state_dict()) + len(head.state_dict())
    assert report.widths == {"backbone": 8 * WIDTH, "projector": 12} and not report.missing + report.unexpected


@pytest.mark.parametrize("cifar", [True, False])
@pytest.mark.parametrize("make", [resnet18, resnet50])
@torch.no_grad()
def test_stem_and_blocks_are_seen_in_the_shapes(tmp_path, make, cifar):
    network = make(width=WIDTH, cifar=cifar, classes=10)
    encoder = load_encoder(saved(tmp_path, network.state_dict()), output="backbone", input_size=64)
    network.fc = nn.Identity()
    assert close(encoder.encode(IMAGES), network(encoder.preprocess(IMAGES)))
    report = encoder.report
    assert report.architecture == ("ResNet-18" if make is resnet18 else "ResNet-50") and report.width == WIDTH
    assert ("CIFAR" in report.stem) == cifar and report.size_from == "given"
    assert load_encoder(tmp_path / "model.pt", output="backbone").input_size == (32 if cifar else 224)
    # A classifier is no projector.
    assert report.verdict == "usable without projector" and report.outputs == ("backbone",)
    assert default_output(report) == "backbone" and set(report.ignored) == {"fc.weight", "fc.bias"}
    with pytest.raises(InputError, match="no projector.*output='backbone'"):
        load_encoder(tmp_path / "model.pt")


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Linear(64, 12)],
        [nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 12)],
        [nn.Linear(64, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 12), nn.BatchNorm1d(12, affine=False)],
        [
            *(nn.Linear(64, 24, bias=False), nn.BatchNorm1d(24), nn.ReLU()),
            *(nn.Linear(24, 24, bias=False), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 12)),
        ],
    ],
)
@torch.no_grad()
def test_a_projector_is_rebuilt_from_its_tensors(tmp_path, networks, layers):
    backbone, head = networks[0], lively(nn.Sequential(*layers))
    encoder = load_encoder(saved(tmp_path, under("encoder.", backbone) | under("projector.", head)))
    assert close(encoder.encode(IMAGES), head(backbone(encoder.preprocess(IMAGES))))
    assert any("ReLU" in note for note in encoder.report.notes) == (nn.ReLU in map(type, layers))


@torch.no_grad()
def test_a_single_projecting_layer_and_mocos_of_2019(tmp_path, networks):
    backbone, head = networks[0], nn.Linear(64, 12)
    for prefix, name in (("encoder.", "projector."), ("module.encoder_q.", "module.encoder_q.fc.")):
        encoder = load_encoder(saved(tmp_path, under(prefix, backbone) | under(name, head)))
        assert close(encoder.encode(IMAGES), head(backbone(encoder.preprocess(IMAGES))))


@torch.no_grad()
def test_solo_learns_padded_stem(tmp_path, networks):
    backbone = copy.deepcopy(networks[0])
    backbone.conv1.padding = (2, 2)
    state = {"state_dict": under("backbone.", backbone) | under("classifier.", nn.Linear(64, 10))}
    path = saved(tmp_path, state | {"hyper_parameters": {"lr": 0.3, "classifier_lr": 0.1}})
    encoder = load_encoder(path, output="backbone")
    assert close(encoder.encode(IMAGES), backbone(encoder.preprocess(IMAGES)))
    assert any("solo-learn" in note for note in encoder.report.notes)
    # A classifier beside the backbone alone tells nothing: half the kernel is assumed, and the other can be said.
    path = saved(tmp_path, state, "b.pt")
    usual, said = (load_encoder(path, output="backbone", assume=a) for a in (None, {"stem_padding": 2}))
    x = usual.preprocess(IMAGES)
    assert close(usual.encode(IMAGES), networks[0](x)) and close(said.encode(IMAGES), backbone(x))
    assert any("stem_padding=2" in note for note in usual.report.notes) and usual.content_id != said.content_id


@pytest.mark.parametrize(
    "head, why",
    [
        (
            {"projector.mlp.0.weight": torch.zeros(4, 64), "projector.last.weight_g": torch.zeros(4)},
            "plain sequence",
        ),
        ({"projector.0.weight": torch.zeros(4, 65)}, "takes 65 numbers where 64 come"),
        ({"projector.0.weight": torch.zeros(64)}, "neither linear nor batch norm"),
        ({"projector.0.weight": torch.zeros(0, 64)}, "neither linear nor batch norm"),
        ({"projector.0.running_mean": torch.zeros(64)}, "other tensors"),
        ({"projector.0.running_mean": torch.zeros(64), "projector.0.running_var": torch.ones(64)}, "other tensors"),
        ({"projector.0.weight": torch.zeros(4, 64), "projector.0.bias": torch.zeros(5)}, "other tensors"),
    ],
)
def test_a_projector_that_cannot_be_rebuilt_is_said_and_left_out(tmp_path, networks, head, why):
    report = load_encoder(saved(tmp_path, networks[0].state_dict() | head), output="backbone").report
    assert report.verdict == "usable without projector" and any(why in note for note in report.notes)
    assert set(head) <= set(report.ignored) and report.matched == len(networks[0].state_dict())


def test_the_report_counts_every_tensor_once(tmp_path, networks):
    content = TRAINERS["solo-learn"](*networks)
    report = load_encoder(saved(tmp_path, content)).report
    tensors = content["state_dict"]
    assert report.matched + len(report.ignored) == len(tensors) + 1  # and the part "optimizer_states"
    assert set(report.renamed) == {key for key in tensors if key.startswith("backbone.")}
    assert report.renamed["backbone.layer2.0.downsample.0.weight"] == "layer2.0.downsample.0.weight"
    used = {*report.renamed, *(key for key in tensors if key.startswith("projector."))}
    assert {*report.ignored, *used} == {*tensors, "optimizer_states"} and not used & set(report.ignored)
    facts = report.facts
    assert f"{report.matched} used, of which {len(report.renamed)} renamed; 0 missing" in facts["Tensors"]
    assert all(f"{label}: {text}" in str(report) for label, text in list(facts.items())[2:])
    assert any("other numbers" in note for note in report.notes)
    assert any(
        "same numbers" in note
        for note in load_encoder(saved(tmp_path, TRAINERS["the paper's repository, twice"](*networks))).report.notes
    )


def test_hyper_parameters_are_told_as_recorded(tmp_path, networks):
    report = load_encoder(saved(tmp_path, TRAINERS["Lightning"](*networks), "last.ckpt")).report
    assert report.recorded == {"lr": 0.3, "temperature": 0.1, "optim.name": "lars", "epoch": 99}
    assert "temperature = 0.1" in report.facts["As recorded"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_any_floating_type_are_computed_in_float32(tmp_path, networks, dtype):
    stored = {k: v.to(dtype) if v.is_floating_point() else v for k, v in networks[0].state_dict().items()}
    same = copy.deepcopy(networks[0])
    same.load_state_dict(stored)
    encoder = load_encoder(saved(tmp_path, stored), output="backbone")
    assert {p.dtype for p in encoder.network.parameters()} == {torch.float32}
    with torch.no_grad():
        assert close(encoder.encode(IMAGES), same(encoder.preprocess(IMAGES)))


def test_safetensors_and_old_files_of_torch_are_the_same_to_it(tmp_path, networks):
    state = networks[0].state_dict()
    save_file(state, tmp_path / "a.safetensors")
    torch.save(state, tmp_path / "b.pth.tar", _use_new_zipfile_serialization=False)
    torch.save(state, tmp_path / "c.bin")
    z = [load_encoder(path, output="backbone").encode(IMAGES) for path in sorted(tmp_path.iterdir())]
    assert torch.equal(z[0], z[1]) and torch.equal(z[0], z[2])


def test_counters_may_be_missing_and_nothing_that_was_given_changes(tmp_path, networks):
    state = {k: v for k, v in networks[0].state_dict().items() if "num_batches" not in k}
    path = saved(tmp_path, state)
    before, seed = path.read_bytes(), torch.get_rng_state()
    encoder = load_encoder(path, output="backbone")
    images = IMAGES.clone()
    z = encoder.encode(images)
    with torch.no_grad():
        encoder.network.conv1.weight.zero_()  # a caller's copy is its own
    assert torch.equal(load_encoder(path, output="backbone").encode(images), z)
    assert torch.equal(images, IMAGES) and path.read_bytes() == before and torch.equal(torch.get_rng_state(), seed)


def test_preprocessing_is_assumed_recorded_or_given_and_part_of_the_identity(tmp_path, networks):
    path = saved(tmp_path, networks[0].state_dict())
    assumed = load_encoder(path, output="backbone")
    assert assumed.report.normalisation_from == assumed.report.size_from == "assumed"
    given = load_encoder(path, output="backbone", mean=(0.5,) * 3, std=(0.25,) * 3)
    assert given.mean == (0.5,) * 3 and given.report.normalisation_from == "given"
    assert torch.allclose(given.preprocess(IMAGES), (IMAGES - 0.5) / 0.25)
    assert given.content_id != assumed.content_id == encoder_id(path, "backbone")
    assert load_encoder("ince").report.normalisation_from == "recorded"
    for wrong in ({"mean": (0.5,) * 3}, {"mean": (0.5,) * 3, "std": (0, 1, 1)}, {"input_size": 0}):
        with pytest.raises(InputError, match="Got (mean|std|input_size)"):
            load_encoder(path, output="backbone", **wrong)


@torch.no_grad()
def test_the_bundled_architecture_is_known_without_metadata_and_within_wrappers(tmp_path):
    network = lively(SmallResNet(width=4, projection=10))
    for content in (network.state_dict(), {"state_dict": under("model.", network), "epoch": 3}):
        encoder = load_encoder(saved(tmp_path, content))
        assert torch.allclose(encoder.encode(IMAGES), network(encoder.preprocess(IMAGES)), atol=1e-5)
        assert encoder.report.architecture == "SmallResNet" and encoder.report.width == 4


def test_the_bundled_ones_are_renamed_and_ignored_in_nothing():
    for path in MODELS.glob("*.safetensors"):
        report = load_encoder(path).report
        assert report.verdict == "usable" and not (report.renamed or report.ignored or report.notes)


def test_an_averaged_copy_alone_is_used_and_said(tmp_path, networks):
    content = {"state_dict_ema": under("module.", networks[0]), "arch": "resnet18"}
    report = load_encoder(
        saved(tmp_path, content | {"teacher": under("backbone.", networks[0])}), output="backbone"
    ).report
    assert any("averaged copy" in note for note in report.notes)
    assert report.recorded == {"arch": "resnet18"}


def test_a_sequence_is_read_in_the_order_of_its_numbers(tmp_path, networks):
    report = load_encoder(saved(tmp_path, under("net.", sequential(networks[0]))), output="backbone").report
    assert report.renamed["net.4.0.conv1.weight"] == "layer1.0.conv1.weight"
    assert report.renamed["net.7.1.bn2.bias"] == "layer4.1.bn2.bias"


def test_copies_in_another_number_type_are_compared_by_value(tmp_path, networks):
    half = {f"target.{key}": value.half() for key, value in networks[0].state_dict().items()}
    path = saved(tmp_path, under("online.", networks[0]) | half)
    assert any("other numbers at target.*" in note for note in load_encoder(path, output="backbone").report.notes)


def test_a_rewritten_file_is_read_again(tmp_path, networks):
    path = saved(tmp_path, networks[0].state_dict())
    before = encoder_id(path, "backbone")
    torch.save(networks[2].state_dict(), path)
    assert encoder_id(path, "backbone") != before
    assert outputs_of(path) == ("backbone",)
