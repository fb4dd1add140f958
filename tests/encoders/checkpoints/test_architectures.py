"""An architecture is one entry, as the recipe of the documentation has it; and what ResNets leave open."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gca_viz.encoders import SmallResNet, load_encoder, save_checkpoint
from gca_viz.encoders.checkpoints import architectures, names
from gca_viz.encoders.checkpoints.assumptions import CHOICES, Assumptions
from gca_viz.encoders.checkpoints.load_report import UnusableError
from gca_viz.encoders.efficientnet_lite import EfficientNetLite0
from gca_viz.encoders.network import Network
from gca_viz.errors import InputError
from tests.encoders.checkpoints.trainers import lively, resnet18, resnet50, under

IMAGES = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(3))
EXTENDING = Path(__file__).parents[3] / "docs" / "extending.md"


@pytest.fixture
def saved(tmp_path):
    def save(content, name="model.pt"):
        torch.save(content, tmp_path / name)
        return tmp_path / name

    return save


def refused(path, assume=None):
    with pytest.raises(InputError) as caught:
        load_encoder(path, output="backbone", assume=assume)
    return caught.value


def from_the_documentation():
    """The module and the entry that the recipe for another architecture writes."""
    part = EXTENDING.read_text("utf-8").partition("**Another architecture.**")[2].partition("\n**")[0]
    module, builder, entry = (dedent(code) for code in re.findall(r"```python\n(.*?)```", part, re.DOTALL))
    scope = vars(architectures) | {"nn": nn, "Tensor": Tensor, "Network": Network}
    exec(module, scope)
    exec(builder, scope)
    return scope["PlainConvNet"], eval(entry, scope)


@pytest.mark.parametrize("prefix", ["", "module.encoder_q.", "model.enc.", "teacher.backbone."])
@torch.no_grad()
def test_the_recipe_of_the_documentation_works_as_it_stands(saved, monkeypatch, prefix):
    network_class, entry = from_the_documentation()
    monkeypatch.setattr(names, "ARCHITECTURES", (*architectures.ARCHITECTURES, entry))
    network, head = network_class(4), nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4))
    copied = {f"momentum.{key}": value + 1 for key, value in network.state_dict().items()}
    path = saved(under(prefix, network) | under(f"{prefix}projector.", head) | copied)
    encoder = load_encoder(path)
    expected = head(network.backbone(encoder.preprocess(IMAGES)))
    assert torch.allclose(encoder.encode(IMAGES), expected, atol=1e-6)
    assert encoder.report.architecture == "PlainConvNet" and encoder.report.width == 4


def test_an_entry_names_all_children_of_its_network(saved, monkeypatch):
    network_class, entry = from_the_documentation()
    monkeypatch.setattr(names, "ARCHITECTURES", (entry,))
    built = load_encoder(saved(network_class(4).state_dict()), output="backbone").network
    assert {name for name, child in built.named_children() if child.state_dict()} == set(entry.children)
    networks = resnet18(width=4), SmallResNet(), EfficientNetLite0()
    for entry, network in zip(architectures.ARCHITECTURES, networks, strict=True):
        assert all(
            entry.own_name(key) == key
            for key in network.state_dict()
            if not key.startswith(("projector.", "text.", "fc."))
        )


@pytest.mark.parametrize("stride, padding, pool", [(2, 1, True), (1, 2, False), (2, 0, False), (1, 1, True)])
@torch.no_grad()
def test_what_no_shape_tells_of_a_stem_can_be_said(saved, stride, padding, pool):
    network = resnet18(width=4)
    network.conv1.stride, network.conv1.padding = (stride,) * 2, (padding,) * 2
    network.maxpool = nn.MaxPool2d(3, 2, 1) if pool else nn.Identity()
    path = saved(network.state_dict())
    given = {"stem_stride": stride, "stem_padding": padding, "max_pool": pool}
    encoder = load_encoder(path, output="backbone", assume=given)
    assert torch.allclose(encoder.encode(IMAGES), network(encoder.preprocess(IMAGES)), atol=1e-5)
    found = load_encoder(path, output="backbone").report
    assert {q.name: q.answer for q in found.questions if q.source == "assumed" and q.name in given} == {
        "stem_stride": "1",
        "stem_padding": "1",
        "max_pool": "no",
    }
    for name in given:  # told, with what else it could be
        assert f"{name}=" in found.facts["Assumed"]
    assert "(given" in encoder.report.facts["Assumed"]


@torch.no_grad()
def test_the_stride_of_bottlenecks_is_told_and_can_be_said(saved):
    network = resnet50(width=4, cifar=False)
    path = saved(network.state_dict())
    usual = load_encoder(path, output="backbone", input_size=64)
    assert torch.allclose(usual.encode(IMAGES), network(usual.preprocess(IMAGES)), atol=1e-5)
    assert "bottleneck_stride=3x3 (assumed; or 1x1)" in usual.report.facts["Assumed"]
    for layer in (network.layer2, network.layer3, network.layer4):
        layer[0].conv1.stride, layer[0].conv2.stride = (2, 2), (1, 1)
    said = load_encoder(path, output="backbone", input_size=64, assume="bottleneck_stride=1x1")
    assert torch.allclose(said.encode(IMAGES), network(said.preprocess(IMAGES)), atol=1e-5)
    assert not torch.allclose(said.encode(IMAGES), usual.encode(IMAGES), atol=1e-2)


@pytest.mark.parametrize("kind, before", [("pad-around", 2), ("pad-after", 0)])
@torch.no_grad()
def test_shortcuts_without_weights_are_asked_for_and_never_guessed(saved, kind, before):
    network = resnet18(width=4)
    path = saved({k: v for k, v in network.state_dict().items() if "downsample" not in k})
    error = refused(path)
    assert "lacks layer2.0.downsample.0.weight" in str(error) and "bring the embeddings" in error.remedy
    assert f"shortcut={kind}" in error.remedy and isinstance(error, UnusableError)

    def padded(x):
        new = x.shape[1]
        place = (0, 0, 0, 0, new // 2, new - new // 2) if before else (0, 0, 0, 0, 0, new)
        return F.pad(x[:, :, ::2, ::2], place)

    for layer in (network.layer2, network.layer3, network.layer4):
        layer[0].downsample = Called(padded)
    encoder = load_encoder(path, output="backbone", assume={"shortcut": kind})
    assert torch.allclose(encoder.encode(IMAGES), network(encoder.preprocess(IMAGES)), atol=1e-5)


class Called(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class PreActBlock(nn.Module):
    """As ResNets for CIFAR are written with norm and ReLU in front of each convolution."""

    def __init__(self, before, planes, stride, last_norm=None):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(before), nn.Conv2d(before, planes, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(planes), nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        if stride != 1 or before != planes:
            self.shortcut = nn.Sequential(nn.Conv2d(before, planes, 1, stride, bias=False))

    def forward(self, x):
        y = F.relu(self.bn1(x))
        x = self.shortcut(y) if hasattr(self, "shortcut") else x
        return x + self.conv2(F.relu(self.bn2(self.conv1(y))))


@pytest.mark.parametrize("last_norm", [True, False])
@torch.no_grad()
def test_pre_activation_is_seen_in_the_widths_of_the_norms(saved, last_norm):
    network = nn.Module()
    network.conv1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False)
    before = 4
    for k, planes in enumerate((4, 8, 16, 32), 1):
        blocks = PreActBlock(before, planes, 1 if k == 1 else 2), PreActBlock(planes, planes, 1)
        network.add_module(f"layer{k}", nn.Sequential(*blocks))
        before = planes
    if last_norm:
        network.bn1 = nn.BatchNorm2d(32)
    network.linear = nn.Linear(32, 10)
    lively(network)
    encoder = load_encoder(saved({"net": network.state_dict()}), output="backbone")
    x = network.conv1(encoder.preprocess(IMAGES))
    for k in range(1, 5):
        x = network.get_submodule(f"layer{k}")(x)
    x = F.relu(network.bn1(x)) if last_norm else x
    assert torch.allclose(encoder.encode(IMAGES), x.mean((2, 3)), atol=1e-5)
    assert encoder.report.architecture == "pre-activation ResNet-18"


@torch.no_grad()
def test_where_no_width_tells_the_order_within_a_block_it_can_be_said(saved):
    network = nn.Module()
    network.conv1, network.bn1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)
    network.layer1 = nn.Sequential(PreActBlock(4, 4, 1))
    lively(network)
    path = saved(network.state_dict())
    assert "block_order=post-activation (assumed" in load_encoder(path, output="backbone").report.facts["Assumed"]
    encoder = load_encoder(path, output="backbone", assume="block_order=pre-activation")
    x = network.layer1(F.relu(network.bn1(network.conv1(encoder.preprocess(IMAGES)))))
    assert torch.allclose(encoder.encode(IMAGES), x.mean((2, 3)), atol=1e-5)


@pytest.mark.parametrize(
    "change, what",
    [
        (
            lambda s: {k: v for k, v in s.items() if "running" not in k and "num_b" not in k},
            "no running statistics",
        ),
        (lambda s: s | {"conv1.weight": torch.zeros(4, 1, 3, 3)}, "1 channels, not 3"),
        (lambda s: {k: v for k, v in s.items() if not k.startswith("bn1")}, "lacks bn1.weight"),
        (lambda s: s | {f"layer{k}.0.conv1.weight": s["layer1.0.conv1.weight"] for k in range(5, 20)}, "layers"),
    ],
)
def test_other_residual_networks_are_refused_with_what_works_for_them(saved, change, what):
    error = refused(saved(change(resnet18(width=4).state_dict())))
    assert what in str(error) and "bring the embeddings" in error.remedy


def test_assumptions_are_described_once_and_read_from_any_door():
    assert [choice.name for choice in CHOICES] == list(Assumptions.__dataclass_fields__)
    for given in (
        {"stem_padding": 2, "max_pool": False},
        "stem_padding=2, max-pool = no",
        "max_pool=no;stem_padding=2",
    ):
        assert Assumptions.of(given) == Assumptions(stem_padding="2", max_pool="no")
    text = Assumptions.of({"weights": "teacher", "stem_padding": 2}).text
    assert text == "weights=teacher,stem_padding=2" and Assumptions.of(text).text == text
    assert Assumptions.of(None).given == {} == Assumptions.of("").given
    for wrong, named in (
        ({"padding": 2}, "stem_padding"),
        ("stem_padding=9", "0, 1, 2, 3"),
        ("teacher", "weights="),
    ):
        with pytest.raises(InputError) as caught:
            Assumptions.of(wrong)
        assert named in str(caught.value)


def test_what_a_file_does_not_leave_open_cannot_be_assumed(saved):
    path = saved(resnet18(width=4).state_dict())
    error = refused(path, {"bottleneck_stride": "1x1"})
    assert "leave open" in error.allowed and error.remedy == "Leave out bottleneck_stride"
    assert load_encoder(path, output="backbone", assume={}).report.outputs == ("backbone",)
    for name in ("ince", "efficientnet-lite0"):
        with pytest.raises(InputError, match="Leave out assume"):
            load_encoder(name, assume="stem_padding=2")


@torch.no_grad()
def test_a_saved_network_keeps_what_its_tensors_do_not_say(saved, tmp_path):
    path = saved(resnet18(width=4).state_dict())
    encoder = load_encoder(path, output="backbone", assume="stem_padding=2,max_pool=yes,stem_stride=2")
    target = tmp_path / "again.safetensors"
    save_checkpoint(target, encoder.network, input_size=encoder.input_size, mean=encoder.mean, std=encoder.std)
    again = load_encoder(target, output="backbone")
    assert torch.equal(again.encode(IMAGES), encoder.encode(IMAGES))
    assert "stem_padding=2 (recorded" in again.report.facts["Assumed"]
