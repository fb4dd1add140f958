"""Networks as researchers write them, with torchvision's names, and the checkpoints that trainers make of them."""

from __future__ import annotations

import torch
from torch import nn


def _conv(before, after, kernel, stride=1):
    return nn.Conv2d(before, after, kernel, stride=stride, padding=kernel // 2, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride):
        super().__init__()
        self.conv1 = _conv(inplanes, planes, 3, stride)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.conv2 = _conv(planes, planes, 3)
        self.bn2 = nn.BatchNorm2d(planes)
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(_conv(inplanes, planes, 1, stride), nn.BatchNorm2d(planes))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + self.downsample(x))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride):
        super().__init__()
        self.conv1 = _conv(inplanes, planes, 1)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = _conv(planes, planes, 3, stride)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = _conv(planes, 4 * planes, 1)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.relu = nn.ReLU()
        if stride != 1 or inplanes != 4 * planes:
            self.downsample = nn.Sequential(_conv(inplanes, 4 * planes, 1, stride), nn.BatchNorm2d(4 * planes))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        return self.relu(self.bn3(self.conv3(out)) + self.downsample(x))


class Reference(nn.Module):
    """ResNet with torchvision's children, in torchvision's order."""

    def __init__(self, block, counts, *, width=64, cifar=True, classes=None):
        super().__init__()
        if cifar:
            self.conv1 = nn.Conv2d(3, width, kernel_size=3, stride=1, padding=1, bias=False)
        else:
            self.conv1 = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.Identity() if cifar else nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        inplanes = width
        for layer, count in enumerate(counts):
            planes, made = width * 2**layer, []
            for k in range(count):
                made.append(block(inplanes, planes, 2 if layer and not k else 1))
                inplanes = planes * block.expansion
            setattr(self, f"layer{layer + 1}", nn.Sequential(*made))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.features = inplanes
        self.fc = nn.Identity() if classes is None else nn.Linear(inplanes, classes)

    def forward(self, x):
        for name in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool"):
            x = getattr(self, name)(x)
        return self.fc(x.flatten(1))


def resnet18(**options):
    return lively(Reference(BasicBlock, (2, 2, 2, 2), **options))


def resnet50(**options):
    return lively(Reference(Bottleneck, (3, 4, 6, 3), **options))


def lively(network: nn.Module, seed: int = 0) -> nn.Module:
    """The network with batch-norm statistics and weights as after a training, in evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            for tensor, low, high in (
                (module.running_mean, -0.1, 0.1),
                (module.running_var, 0.5, 1.5),
                (module.weight.data if module.affine else None, 0.5, 1.5),
                (module.bias.data if module.affine else None, -0.1, 0.1),
            ):
                if tensor is not None:
                    tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)
    return network.eval()


def projector(features: int, hidden: int = 24, width: int = 12) -> nn.Sequential:
    """SimCLR's: Linear, BatchNorm, ReLU, Linear."""
    return lively(
        nn.Sequential(
            nn.Linear(features, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, width)
        )
    )


def under(prefix: str, module: nn.Module) -> dict[str, torch.Tensor]:
    """A module's state dict with a prefix in front of every name."""
    return {f"{prefix}{key}": value for key, value in module.state_dict().items()}


def sequential(network: Reference, *, pools: bool = True) -> nn.Sequential:
    """The network as an ``nn.Sequential`` of its children, as lightly and others make it."""
    left_out = {"fc", *(() if pools else ("maxpool",))}
    return nn.Sequential(*[child for name, child in network.named_children() if name not in left_out])


def _moco(backbone, head, copy, copy_head):
    # MoCo v2 has its head in place of the classifier, and no batch norm in it.
    return {
        "epoch": 200,
        "state_dict": under("module.encoder_k.", copy)
        | under("module.encoder_k.fc.", copy_head)
        | under("module.encoder_q.", backbone)
        | under("module.encoder_q.fc.", head)
        | {"module.queue": torch.zeros(12, 64), "module.queue_ptr": torch.zeros(1, dtype=torch.long)},
        "optimizer": {"state": {0: {"momentum_buffer": torch.ones(3)}}},
    }


#: trainer → checkpoint of a backbone, its projector, and averaged copies of both with other numbers
TRAINERS = {
    "torchvision": lambda b, p, *_: under("", b) | under("projector.", p),
    "the paper's repository": lambda b, p, *_: under("model.enc.", b) | under("model.projector.", p),
    "the paper's repository, twice": lambda b, p, *_: {
        "state_dict": under("encoder.", b) | under("model.enc.", b) | under("model.projector.", p),
        "epoch": 7,
    },
    "solo-learn": lambda b, p, copy, copy_p: {
        "state_dict": under("momentum_backbone.", copy)
        | under("momentum_projector.", copy_p)
        | under("backbone.", b)
        | under("projector.", p),
        "optimizer_states": [{"state": {0: {"momentum_buffer": torch.ones(3)}}}],
    },
    "lightly": lambda b, p, *_: {
        "state_dict": under("backbone.", sequential(b)) | under("projection_head.layers.", p)
    },
    "lightly, momentum": lambda b, p, copy, copy_p: (
        under("backbone_momentum.", sequential(copy))
        | under("projection_head_momentum.layers.", copy_p)
        | under("backbone.", sequential(b))
        | under("projection_head.layers.", p)
    ),
    "a sequence without max-pool": lambda b, p, *_: under("f.", sequential(b, pools=False)) | under("g.", p),
    "MoCo": _moco,
    "SimCLR-pytorch": lambda b, p, *_: under("encoder.", b) | under("projector.", p),
    "SimCLR, projector as fc": lambda b, p, *_: {"state_dict": under("backbone.", b) | under("backbone.fc.", p)},
    "BYOL": lambda b, p, copy, copy_p: (
        under("target_encoder.net.", copy)
        | under("target_encoder.projector.", copy_p)
        | under("online_encoder.net.", b)
        | under("online_encoder.projector.", p)
    ),
    "PyTorch-BYOL": lambda b, p, copy, copy_p: {
        "target_network_state_dict": under("encoder.", sequential(copy)) | under("projetion.net.", copy_p),
        "online_network_state_dict": under("encoder.", sequential(b)) | under("projetion.net.", p),
    },
    "online_network": lambda b, p, *_: under("online_network.", b) | under("online_network.projector.", p),
    "student and teacher": lambda b, p, copy, copy_p: {
        "teacher": under("module.backbone.", copy) | under("module.head.", copy_p),
        "student": under("module.backbone.", b) | under("module.head.", p),
    },
    "SupCon": lambda b, p, *_: {
        "model": {
            key.replace("downsample", "shortcut"): value
            for key, value in (under("encoder.module.", b) | under("head.", p)).items()
        }
    },
    "torch.compile and DDP": lambda b, p, *_: {
        "model_state_dict": under("module._orig_mod.encoder.", b) | under("module._orig_mod.projector.", p)
    },
    "Lightning": lambda b, p, *_: {
        "state_dict": under("net.backbone.", b) | under("net.projector.", p),
        "hyper_parameters": {"lr": 0.3, "temperature": 0.1, "optim": {"name": "lars"}},
        "epoch": 99,
    },
    "two parts": lambda b, p, *_: {"encoder": b.state_dict(), "projector": p.state_dict()},
}
