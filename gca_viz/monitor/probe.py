"""A fixed batch in two views, which is embedded again and again, and what is known of its samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gca_viz.errors import InputError
from gca_viz.labels import numbered
from gca_viz.monitor.undisturbed import bare, undisturbed

#: samples per forward pass
PART = 256
#: pixels along a side of a picture that is kept of a sample
_SIDE = 64
#: what networks that return several things call their embeddings, ours first
_CALLED = ("z", "embeddings", "embedding", "image_embeds", "pooler_output", "feats", "features")
_TWO_VIEWS = "PlanMonitor((x1, x2), to=…), row i of both being views of sample i"

#: encoder, view 1, view 2 → their embeddings
Embed = Callable[[Any, Any, Any], tuple[Any, Any]]


@dataclass(frozen=True, eq=False)
class Probe:
    """A batch in two views.

    Attributes:
        views: what an encoder takes, of either view; None where embeddings are given at each look.
        known: ``"labels"``, ``"domains"``, ``"names"``, ``"images"`` → an array with a row per sample.
        embed: in place of calling the encoder on each view.
    """

    views: tuple[Any, Any] | None = None
    known: Mapping[str, np.ndarray] = field(default_factory=dict)
    embed: Embed | None = None

    @classmethod
    def of(cls, probe: Any, embed: Embed | None = None, **known: Any) -> Probe:
        """A probe of what a user has.

        Args:
            probe: ``(x1, x2)`` or ``(x1, x2, labels)``, tensors with a row per sample, mappings of these, or
                whatever ``embed`` takes; or None.
            embed: see above.
            known: what is known of each sample; what is None is not.

        Raises:
            InputError: not two views, views of different samples, or another number of labels than samples.
        """
        views: tuple[Any, Any] | None = None
        if probe is not None:
            if not isinstance(probe, tuple | list) or len(probe) not in (2, 3):
                raise InputError(
                    f"a probe of type {type(probe).__name__}"
                    + (f" with {len(probe)} part(s)" if isinstance(probe, tuple | list) else ""),
                    "a probe is a pair of views, and may have labels behind them",
                    f"Write {_TWO_VIEWS}",
                    parameter="probe",
                )
            views = _kept(probe[0]), _kept(probe[1])
            if len(probe) == 3 and known.get("labels") is None:
                known["labels"] = probe[2]
        arrays = {name: _array(name, values) for name, values in known.items() if values is not None}
        sizes = {f"view {number}": size for number, view in enumerate(views or (), 1) if (size := _size(view))}
        if views is not None and "images" not in arrays and _is_images(views[0]):
            arrays["images"] = _thumbnails(views[0])
        sizes |= {name: len(values) for name, values in arrays.items()}
        if len(set(sizes.values())) > 1:
            raise InputError(
                "a probe with " + ", ".join(f"{size} rows of {name}" for name, size in sizes.items()),
                "both views and all that is known have one row per sample",
                f"Write {_TWO_VIEWS}",
                parameter="probe",
            )
        return cls(views, arrays, embed)

    @property
    def size(self) -> int | None:
        """N, where it is known."""
        if self.views is not None and (size := _size(self.views[0])):
            return size
        return next((len(values) for values in self.known.values()), None)

    @property
    def labels(self) -> np.ndarray | None:
        """int64 (N,), −1 without label; None where there are none."""
        return numbered(self.known["labels"])[0] if "labels" in self.known else None

    def name(self, row: int) -> str:
        """What a sample is called."""
        return str(self.known["names"][row]) if "names" in self.known else f"sample {row}"

    @cached_property
    def digest(self) -> str:
        """Equal for equal views and equal knowledge of them."""
        found = hashlib.sha256()
        for part in (*(self.views or ()), *(self.known[name] for name in sorted(self.known))):
            for tensor in _tensors(part):
                found.update(repr((tuple(tensor.shape), tensor.dtype)).encode())
                found.update(tensor.contiguous().view(torch.uint8).numpy().tobytes())
            if isinstance(part, np.ndarray):
                found.update(repr((part.shape, part.dtype)).encode() + np.ascontiguousarray(part).tobytes())
        return found.hexdigest()[:16]

    def embedded(self, encoder: Any) -> tuple[Tensor, Tensor]:
        """Both views, as an encoder embeds them now; it and all random numbers stay as they are.

        Raises:
            InputError: no views, or an encoder that gives no embeddings.
        """
        if self.views is None:
            raise InputError(
                "an encoder, and no probe to embed",
                "an encoder is given beside a probe of two views",
                f"Write {_TWO_VIEWS}, or call the monitor with two embeddings",
                parameter="probe",
            )
        encoder = bare(encoder)
        with undisturbed(encoder):
            if self.embed is not None:
                first, second = self.embed(encoder, *(_on(view, encoder) for view in self.views))
                return vectors(first), vectors(second)
            first, second = (
                torch.cat([vectors(_called(encoder, _on(part, encoder))) for part in _parts(view)])
                for view in self.views
            )
            return first, second


def vectors(found: Any) -> Tensor:
    """The embeddings in what a network returned: a tensor, the first of several, or the one of a usual name.

    Raises:
        InputError: none of these.
    """
    if isinstance(found, Mapping):
        name = next((name for name in _CALLED if isinstance(found.get(name), Tensor)), None)
        if name is None:
            raise InputError(
                f"an encoder that returns {', '.join(map(str, found))}",
                f"embeddings are a tensor, or called {', '.join(_CALLED)}",
                "Give embed=lambda encoder, x1, x2: (z1, z2)",
                parameter="embed",
            )
        return vectors(found[name])
    if isinstance(found, tuple | list) and found:
        return vectors(found[0])
    if isinstance(found, np.ndarray):
        found = torch.from_numpy(found)
    if not isinstance(found, Tensor) or found.ndim < 2:
        shape = f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else f"type {type(found).__name__}"
        raise InputError(
            f"embeddings of {shape}",
            "both views are embedded as N × d",
            "Give embed=lambda encoder, x1, x2: (z1, z2), or two embeddings",
            parameter="embed",
        )
    return found.detach().flatten(1).float()


def _called(encoder: Any, part: Any) -> Any:
    return encoder(**part) if isinstance(part, Mapping) else encoder(part)


def _parts(view: Any) -> Sequence[Any]:
    """A view in parts of :data:`PART` samples; what is no tensor as it is."""
    if isinstance(view, Tensor):
        return torch.split(view, PART)
    if isinstance(view, Mapping) and all(isinstance(tensor, Tensor) for tensor in view.values()):
        split = {name: torch.split(tensor, PART) for name, tensor in view.items()}
        return [dict(zip(split, parts, strict=True)) for parts in zip(*split.values(), strict=True)]
    return [view]


def _on(view: Any, encoder: Any) -> Any:
    """A view where an encoder is, and in its numbers."""
    own = next(encoder.parameters(), None) if isinstance(encoder, nn.Module) else None
    if own is None:
        return view
    if isinstance(view, Mapping):
        return {name: _on(part, encoder) for name, part in view.items()}
    if not isinstance(view, Tensor):
        return view
    return view.to(own.device, own.dtype) if view.is_floating_point() else view.to(own.device)


def _kept(view: Any) -> Any:
    """A copy of a view that nobody else can change."""
    if isinstance(view, Mapping):
        return {name: _kept(part) for name, part in view.items()}
    if isinstance(view, np.ndarray):
        view = torch.from_numpy(view)
    return view.detach().cpu().clone() if isinstance(view, Tensor) else view


def _tensors(part: Any) -> list[Tensor]:
    if isinstance(part, Mapping):
        return [tensor for name in sorted(part) for tensor in _tensors(part[name])]
    return [part] if isinstance(part, Tensor) else []


def _size(view: Any) -> int | None:
    tensors = _tensors(view)
    if tensors:
        return len(tensors[0]) if tensors[0].ndim else None
    return len(view) if isinstance(view, list | tuple) else None


def _array(name: str, values: Any) -> np.ndarray:
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    if name == "images":
        return _pictures(array)
    if array.dtype.kind == "O" and name != "names":  # some may be None: a file of objects would need a pickle
        codes, kinds = numbered(values)
        return np.array(["" if code < 0 else str(kinds[code]) for code in codes])
    return array.astype(str) if name == "names" else array


def _pictures(images: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3) of pictures in any usual form."""
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or not {images.shape[1], images.shape[3]} & {1, 3}:
        raise InputError(
            f"images of shape {images.shape}",
            "pictures of the samples are N × H × W × 3 or N × 3 × H × W",
            "Leave images out, or give them in one of these forms",
            parameter="images",
        )
    if images.shape[3] not in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    if images.dtype != np.uint8:
        images = (255 * images.clip(0, 1)).round().astype(np.uint8)
    return np.repeat(images, 3, 3) if images.shape[3] == 1 else images


def _is_images(view: Any) -> bool:
    return isinstance(view, Tensor) and view.ndim == 4 and view.shape[1] in (1, 3) and len(view) > 0


def _thumbnails(view: Tensor) -> np.ndarray:
    """Small pictures of a view; each channel from its least to its largest, as its normalisation is not known."""
    x = view.float()
    if max(x.shape[-2:]) > _SIDE:
        share = _SIDE / max(x.shape[-2:])
        size = [max(1, round(side * share)) for side in x.shape[-2:]]
        x = F.interpolate(x, size, mode="bilinear", antialias=True, align_corners=False)
    if view.dtype == torch.uint8:
        return _pictures(x.round().to(torch.uint8).numpy())
    low, high = x.amin((0, 2, 3), keepdim=True), x.amax((0, 2, 3), keepdim=True)
    return _pictures(((x - low) / (high - low).clamp_min(1e-12)).nan_to_num().numpy())
