"""A network of another library with that library's own preprocessing, before it is asked for one of its outputs."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gca_viz.encoders.checkpoints.load_report import USABLE, WITHOUT_PROJECTOR, LoadReport, Output
from gca_viz.encoders.encoder import Encoder
from gca_viz.encoders.network import Network
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.errors import InputError

#: two equal images, N × H × W × 3; no two of their parts are alike, so that which of them a model sees matters
PROBE = np.repeat(np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8), 2, axis=0)
#: pixels of a side of what a network gets
_LARGEST_SIDE = 1024

Pixels = Callable[[np.ndarray], Tensor]


class HubNetwork(Network):
    """What the networks of all libraries are made to look like.

    Args:
        model: the library's own module.
        projects: whether there is a projection to a space that images share with texts.
    """

    def __init__(self, model: nn.Module, projects: bool = False):
        super().__init__()
        self.model = model
        self.projects = projects


@dataclass(frozen=True)
class Preparation:
    """How images become the input of a network.

    Attributes:
        pixels: uint8 N × H × W × 3 → normalised float32 N × 3 × height × width.
        mean, std: per-channel normalisation of images in [0, 1].
        settings: identifies it.
    """

    pixels: Pixels
    mean: tuple[float, ...]
    std: tuple[float, ...]
    settings: object


@dataclass(frozen=True)
class Loaded:
    """What a library made of a model.

    Attributes:
        network: in evaluation mode.
        prepare: how its images are prepared.
        digest: identifies weights and architecture.
        missing, ignored: names of tensors, as in a report.
        notes: sentences on what was assumed.
    """

    network: HubNetwork
    prepare: Callable[[Preprocessing], Preparation]
    digest: str
    missing: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class HubEncoder(Encoder):
    """An encoder whose images are prepared by the library that it comes from.

    Attributes:
        pixels: uint8 N × H × W × 3 → normalised float32 N × 3 × height × width.
        what: what the user knows the model by, for messages.
    """

    pixels: Pixels = field(kw_only=True, repr=False)
    what: str = field(kw_only=True, repr=False)

    def preprocess(self, images: Tensor) -> Tensor:
        """Resize, crop and normalise images N × 3 × H × W in [0, 1] or uint8, as the model's configuration says."""
        if images.is_floating_point():
            images = images.clamp(0, 1).mul(255).round().to(torch.uint8)  # the libraries work on bytes
        with as_input_error(self.what, images_of=images):
            return _of_images(self.pixels(images.permute(0, 2, 3, 1).cpu().numpy())).to(self.device)

    def embed(self, x: Tensor) -> Tensor:
        """As of any encoder; a size of images that the model does not take is an :class:`InputError`."""
        with as_input_error(self.what, images_of=x):
            return super().embed(x)


@dataclass(frozen=True)
class HubModel:
    """The counterpart of :class:`gca_viz.encoders.checkpoints.model.Model`, which makes its own encoders.

    Attributes:
        what: what the user knows it by, for messages.
        loaded: what the library made of it; shared, so nobody may change it.
        given: preprocessing in place of the configuration's.
        preparation: what came of both.
        report: what was understood of it.
    """

    what: str
    loaded: Loaded = field(repr=False)
    given: Preprocessing
    preparation: Preparation = field(repr=False)
    report: LoadReport

    @classmethod
    def of(cls, what: str, loaded: Loaded, given: Preprocessing) -> HubModel:
        """Try the network on two images; raises :class:`InputError` where it embeds none."""
        network = loaded.network
        with as_input_error(what):
            preparation = loaded.prepare(given)
            widths, side = _tried(network, preparation.pixels)
        report = LoadReport(
            architecture=type(network.model).__name__,
            verdict=USABLE if network.projects else WITHOUT_PROJECTOR,
            input_size=side,
            mean=preparation.mean,
            std=preparation.std,
            widths=widths,
            matched=len(network.model.state_dict()) - len(loaded.missing),
            missing=tuple(sorted(loaded.missing)),
            ignored=loaded.ignored,
            texts="its own text tower" if network.text is not None else "",
            size_from="given" if given.input_size else "recorded",
            normalisation_from="given" if given.mean else "recorded",
            notes=loaded.notes,
        )
        return cls(what, loaded, given, preparation, report)

    def prepared(self, given: Preprocessing) -> HubModel:
        """The same with the preprocessing that is given beside what was given before."""
        old = self.given
        both = Preprocessing(given.mean or old.mean, given.std or old.std, given.input_size or old.input_size)
        return self if both == self.given else HubModel.of(self.what, self.loaded, both)

    def content_id(self, output: Output) -> str:
        """Identifies the embeddings: weights, preprocessing and output."""
        return f"{self.loaded.digest}-{hash_of(self.preparation.settings)[:8]}-{output}"

    def encoder(self, name: str, output: Output, device: str) -> HubEncoder:
        """An encoder with a copy of the network; raises :class:`InputError` where there is no such output."""
        if output not in self.report.outputs:
            has = "a projector and a backbone" if self.loaded.network.projects else "no projector, only a backbone"
            raise InputError(
                f"output = {output!r} of {self.what}", f"it has {has}", "Use output='backbone'", parameter="output"
            )
        return HubEncoder(
            name=name,
            network=copy.deepcopy(self.loaded.network).to(device),  # a caller may move or train its own copy
            output=output,
            input_size=self.report.input_size,
            mean=self.preparation.mean,
            std=self.preparation.std,
            content_id=self.content_id(output),
            device=device,
            report=self.report,
            pixels=self.preparation.pixels,
            what=self.what,
        )


def hash_of(settings: object) -> str:
    """Identifies what JSON can write."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()


@contextmanager
def as_input_error(what: str, folder: Path | None = None, *, images_of: Tensor | None = None) -> Iterator[None]:
    """Raise what a library says of a model as a user's mistake.

    Args:
        what: what the user knows the model by.
        folder: where it lies, if that should not be shown.
        images_of: the images that it is given, if it was read long ago and these are what it may not take.
    """
    try:
        yield
    except InputError:
        raise
    # Each library, its hub client and torch raise errors of their own, and all they say is about the model.
    except Exception as error:
        said = str(error) if folder is None else str(error).replace(str(folder), folder.name)
        first, *_ = " ".join(said.split()).split(". ")
        if images_of is not None:
            raise InputError(
                f"{what} with images of {images_of.shape[-1]} × {images_of.shape[-2]} pixels "
                f"({first.rstrip('.:') or type(error).__name__})",
                "it was read with square ones, and its image processor does not bring these to one size",
                "Bring images of one square size, or another model",
                parameter="encoder",
            ) from error
        raise InputError(
            f"{what}: {first.rstrip('.:') or type(error).__name__}",
            "an image model with its configuration, weights and image processor is needed",
            "Check the input size, and that the folder is as save_pretrained wrote it"
            if what.startswith("the folder ")
            else "Check its name, the input size, and that this machine reaches the model hub",
            parameter="encoder",
        ) from error


def _of_images(x: Tensor) -> Tensor:
    """What an image processor made, if a network may get it: N × channels × height × width of a size with a bound.

    Raises:
        ValueError: videos, patches, or images that are not resized and too large.
    """
    if not isinstance(x, Tensor) or x.ndim != 4:
        raise ValueError("its image processor makes no images, but videos or patches")
    if max(x.shape[-2:]) > _LARGEST_SIDE:
        raise ValueError(f"its image processor makes images of {x.shape[-1]} × {x.shape[-2]} pixels")
    return x


@torch.no_grad()
def _tried(network: HubNetwork, pixels: Pixels) -> tuple[dict[str, int | None], int]:
    """Width of each output, and the side of the pixels, from two equal images that it sees twice."""
    x = _of_images(pixels(PROBE))
    outputs = {"backbone": network.backbone(x), "projector": network(x) if network.projects else None}
    for name, z in outputs.items():
        if z is None:
            continue
        if not isinstance(z, Tensor) or z.ndim != 2 or len(z) != len(x) or not z.is_floating_point():
            raise ValueError("it gives no vector per image")
        if not z.isfinite().all():
            raise ValueError("its embeddings are not finite")
        again = network.backbone(x) if name == "backbone" else network(x)
        if not torch.allclose(torch.cat([z, again]), z[:1], atol=1e-4):
            raise ValueError("it embeds equal images differently, as networks with random masks do")
    return {name: None if z is None else z.shape[1] for name, z in outputs.items()}, x.shape[-1]
