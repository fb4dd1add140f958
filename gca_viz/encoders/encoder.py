"""What the rest of the package knows of an encoder: images, or texts, in, embeddings out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from gca_viz.device import whole_convolutions
from gca_viz.encoders.checkpoints.load_report import LoadReport, Output
from gca_viz.encoders.checkpoints.model import Card, Model
from gca_viz.encoders.checkpoints.prototypes import Prototypes
from gca_viz.encoders.network import Network
from gca_viz.encoders.resize import resized
from gca_viz.errors import InputError


@dataclass(frozen=True)
class Encoder:
    """A network with the preprocessing that it was trained with.

    Attributes:
        name: how it was asked for, a bundled name or a path.
        network: in evaluation mode.
        output: which of the two :meth:`encode` returns.
        input_size: height and width in pixels to which images are resized.
        mean, std: per-channel normalisation.
        content_id: identifies weights and output; equal ids give equal embeddings.
        device: torch device on which it runs.
        card: what is recorded about the checkpoint (recipe, measured accuracies …); empty if nothing is.
        report: what was understood of the checkpoint.
        below: of a head, the encoder whose embeddings it takes; else None.
        own_prototypes: what its file brings of them, or None.
    """

    name: str
    network: Network = field(repr=False)
    output: Output
    input_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    content_id: str
    device: str = "cpu"
    card: Card = field(default_factory=dict, repr=False)
    report: LoadReport | None = field(default=None, repr=False)
    below: Encoder | None = field(default=None, repr=False)
    own_prototypes: Prototypes | None = field(default=None, repr=False)

    @property
    def prototypes(self) -> Tensor:
        """(K, d) directions that its file brings, of the same space as its embeddings; float32.

        ``align(z1, z2, "swav", prototypes=encoder.prototypes)``

        Raises:
            InputError: a file without prototypes, or with those of another output.
        """
        found = self.own_prototypes
        if found is None:
            raise InputError(
                "the prototypes of an encoder whose file brings none",
                "SwAV, DeepCluster v2 and DINO store theirs as prototypes.weight or last_layer.weight_v",
                "Use centres of the batch in their place, or the file of such a network with its last layer",
                parameter="prototypes_from",
            )
        if found.output != self.output:
            raise InputError(
                f"the prototypes of the encoder’s file, {found.text}, for its output {self.output!r}",
                f"they stand behind the {found.output}"
                if found.output
                else "no output of this network is as wide, so that they belong to a head that was not rebuilt",
                f"Use output={found.output!r}, or centres of the batch in their place"
                if found.output
                else "Use centres of the batch in their place",
                parameter="prototypes_from",
            )
        return found.rows

    @torch.no_grad()
    def encode(
        self,
        images: Tensor | np.ndarray,
        *,
        batch_size: int | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Tensor:
        """Embed images, without row normalisation.

        Args:
            images: N × 3 × H × W, float in [0, 1] or uint8.
            batch_size: images per forward pass; by default 256 on an accelerator, and on the CPU as many as its
                caches take: 64 of 32 px, fewer of larger ones.
            progress: called with the share done after each pass; may raise to cancel.

        Returns:
            float32, N × d, on the CPU.

        Raises:
            InputError: another shape or type of images.
        """
        images = torch.as_tensor(images)
        if images.dtype != torch.uint8 and not images.is_floating_point():
            raise InputError(
                f"images of type {images.dtype}",
                "an encoder takes floats in [0, 1] or uint8 in 0 … 255",
                "Convert with .astype('uint8') or divide by 255",
                parameter="images",
            )
        if images.ndim != 4 or images.shape[1] != 3 or len(images) == 0:
            raise InputError(
                f"images of shape {tuple(images.shape)}",
                "an encoder takes N × 3 × height × width with N ≥ 1",
                "Move the colour channel to the second place and stack the images",
                parameter="images",
            )
        parts = []
        if batch_size is None:
            # Activations that leave the cache cost a CPU up to three times the arithmetic (benchmarks/embedding).
            least = 16 if self.input_size <= 128 else 8
            batch_size = 256 if self.device != "cpu" else max(least, 64 * 32**2 // self.input_size**2)
        for start in range(0, len(images), batch_size):
            part = images[start : start + batch_size]
            # Devices without float64 get float32 before they get the images.
            x = self.preprocess((part.float() if part.is_floating_point() else part).to(self.device))
            with whole_convolutions():
                parts.append(self.embed(x).float().cpu())
            if progress is not None:
                progress(min(1.0, (start + batch_size) / len(images)))
        return torch.cat(parts)

    def embed(self, x: Tensor) -> Tensor:
        """One forward pass: what :meth:`preprocess` made of images → N × d on the encoder's device."""
        z: Tensor = self.network.backbone(x) if self.output == "backbone" else self.network(x)
        return z

    @torch.no_grad()
    def on_top(self, z: Tensor) -> Tensor:
        """What a head makes of embeddings of the encoder below: N × d → float32 N × d on the CPU."""
        projector = self.network.projector
        if self.below is None or projector is None:
            raise RuntimeError(f"{self.name} is no head")
        if self.output == "projector":
            z = projector(z.to(self.device))
        return z.float().cpu()

    @torch.no_grad()
    def encode_texts(self, texts: Sequence[str], *, progress: Callable[[float], None] | None = None) -> Tensor:
        """Embed texts where the projector embeds images, without row normalisation.

        Args:
            texts: N ≥ 1 texts.
            progress: called with the share done; may raise to cancel.

        Returns:
            float32, N × d, on the CPU.

        Raises:
            InputError: an encoder that reads no texts, one whose backbone was asked for, which no text reaches, or
                a text encoder that is not installed.
        """
        if self.network.text is None:
            raise InputError(
                f"texts for {self.name!r}, which embeds images only",
                "image and text need an encoder that was trained with both, such as 'image-text'",
                "Choose such an encoder, or other views",
                parameter="encoder",
            )
        if self.output != "projector":
            raise InputError(
                f"output = {self.output!r} for texts",
                "images and texts meet in the projector's output",
                "Use output='projector'",
                parameter="output",
            )
        z: Tensor = self.network.text(texts, progress)
        return z.float().cpu()

    def preprocess(self, images: Tensor) -> Tensor:
        """Resize (antialiased) and normalise images N × 3 × H × W in [0, 1] or uint8."""
        x = images.float().div_(255) if images.dtype == torch.uint8 else images.float()
        x = resized(x, self.input_size)
        mean = x.new_tensor(self.mean).view(1, -1, 1, 1)
        std = x.new_tensor(self.std).view(1, -1, 1, 1)
        return (x - mean).div_(std)


def encoder_of(model: Model, name: str, output: Output, device: str) -> Encoder:
    """An encoder with a copy of a network; raises :class:`InputError` where there is no such output."""
    report = model.report
    if output not in report.outputs:
        raise InputError(
            f"output = {output!r} of {name}",
            "its checkpoint holds no projector that can be rebuilt, only the backbone",
            "Use output='backbone'",
            parameter="output",
        )
    return Encoder(
        name=name,
        network=copy.deepcopy(model.network).to(device),  # a caller may move or train its own copy
        output=output,
        input_size=report.input_size,
        mean=report.mean,
        std=report.std,
        content_id=model.content_id(output),
        device=device,
        card=model.card,
        report=report,
        own_prototypes=model.prototypes,
    )
