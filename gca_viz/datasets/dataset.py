"""What a batch is drawn from: images with class, domain and identity."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from gca_viz.errors import InputError
from gca_viz.labels import NO_LABEL, UNLABELLED


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images from one or several domains; arrays are read-only.

    Two images with the same identity show the same thing (in different domains), so they share class and name.

    Attributes:
        name: short name, e.g. ``"emoji"``.
        title: one line for people.
        images: uint8, N × H × W × 3.
        labels: int64 (N,), index into ``class_names``; −1 for a sample without label, which is nobody's classmate.
        class_names: name of each class; where samples have no label, the last is what these are called, and it is
            added if it is missing.
        domains: int64 (N,), index into ``domain_names``.
        domain_names: name of each domain.
        identities: int64 (N,), non-negative.
        names: N names for people.
        held_out: bool (N,), true where an encoder must not be trained.
        content_id: changes when the content changes; the same in every process.
        attribution: author and licence of each domain's images, one line per domain.
        texts: what each image shows, in words; empty where nobody said.
        credits: author and licence of each image, where these differ within a domain; else empty.
        second_images: uint8 like ``images``, each sample's own second view, of an upload that has pairs.
        embeddings: float32 (N, d) of view 1 and (N, d) of view 2, of an upload that has these: no encoder runs.
        columns: name → (N,) numbers or texts, what else the user's table says of each sample.
        layout: what the folders above the user's images mean, where the user said so.
        titles: name of a class or domain → what people call it; the others are called by their names.

    Raises:
        InputError: if the lengths, shapes, types or values above do not fit together.
    """

    name: str
    title: str
    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    domains: np.ndarray
    domain_names: tuple[str, ...]
    identities: np.ndarray
    names: tuple[str, ...]
    held_out: np.ndarray
    content_id: str
    attribution: tuple[str, ...]
    texts: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    second_images: np.ndarray | None = None
    embeddings: tuple[np.ndarray, np.ndarray] | None = None
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    layout: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        images = self._pictures("images")
        if not len(images):
            raise InputError("no images", "a data set has at least one", "Add images", parameter="images")
        for given in ("labels", "domains", "identities", "held_out", "names", "texts", "credits"):
            count = len(getattr(self, given))
            if count != len(images) and not (given in ("texts", "credits") and count == 0):
                raise InputError(
                    f"{count} {given} for {len(images)} images",
                    "one per image",
                    f"Pass {len(images)} {given}",
                    parameter=given,
                )
        self._freeze("images", images)
        self._freeze("labels", self._numbers("labels", len(self.class_names), least=UNLABELLED))
        self._freeze("domains", self._numbers("domains", len(self.domain_names)))
        self._freeze("identities", self._numbers("identities", np.iinfo(np.int64).max))
        self._freeze("held_out", self._flags("held_out"))
        if len(self.attribution) != len(self.domain_names):
            raise InputError(
                f"{len(self.attribution)} attributions for {len(self.domain_names)} domains",
                "one line per domain",
                "Name author and licence of each domain's images",
                parameter="attribution",
            )
        self._check_identities()
        nobody = self.unlabelled.all() and len(self.class_names) == 1  # whatever that name is, it is no class's
        if self.unlabelled.any() and self.class_names[-1:] != (NO_LABEL,) and not nobody:
            object.__setattr__(self, "class_names", (*self.class_names, NO_LABEL))
        columns = {name: _read_only(np.asarray(values)) for name, values in self.columns.items()}
        for name, values in columns.items():
            self._check_shape(f"column {name}", values.shape, (len(images),))
        object.__setattr__(self, "columns", MappingProxyType(columns))
        if self.second_images is not None:
            self._freeze("second_images", self._pictures("second_images"))
            self._check_shape("second_images", self.second_images.shape, images.shape)
        if self.embeddings is not None:
            z1, z2 = (np.asarray(z, np.float32) for z in self.embeddings)
            self._check_shape("embeddings", z1.shape, (len(images), *z1.shape[1:2]))
            self._check_shape("embeddings", z2.shape, z1.shape)
            object.__setattr__(self, "embeddings", (_read_only(z1), _read_only(z2)))

    def _pictures(self, field: str) -> np.ndarray:
        images = np.asarray(getattr(self, field))
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
            raise InputError(
                f"{field} of type {images.dtype} and shape {images.shape}",
                "images are uint8, N × height × width × 3",
                "Convert them to RGB with values 0 to 255",
                parameter=field,
            )
        return images

    def _check_shape(self, field: str, shape: tuple[int, ...], allowed: tuple[int, ...]) -> None:
        if shape != allowed:
            raise InputError(
                f"{field} of shape {shape}",
                f"they belong to the other view or to the images: shape {allowed}",
                "Pass one row per sample, of one width",
                parameter=field,
            )

    def _freeze(self, field: str, array: np.ndarray) -> None:
        object.__setattr__(self, field, _read_only(array))

    def _numbers(self, field: str, count: int, least: int = 0) -> np.ndarray:
        values = np.asarray(getattr(self, field))
        if values.ndim != 1 or not np.issubdtype(values.dtype, np.integer):
            raise InputError(
                f"{field} of type {values.dtype} and shape {values.shape}",
                f"{field} are one whole number per image",
                f"Pass {len(values)} integers",
                parameter=field,
            )
        if values.min() < least or values.max() >= count:
            raise InputError(
                f"{field} from {values.min()} to {values.max()}",
                f"{field} go from 0 to {count - 1}" if count else f"{field} need names",
                "Number them from 0 and name every number",
                parameter=field,
            )
        return values.astype(np.int64)

    def _flags(self, field: str) -> np.ndarray:
        values = np.asarray(getattr(self, field))
        if values.ndim != 1 or values.dtype != bool:
            raise InputError(
                f"{field} of type {values.dtype} and shape {values.shape}",
                f"{field} is one true or false per image",
                f"Pass {len(values)} booleans",
                parameter=field,
            )
        return values

    def _check_identities(self) -> None:
        _, first, group = np.unique(self.identities, return_index=True, return_inverse=True)
        differs = np.flatnonzero(self.labels != self.labels[first][group])
        if len(differs):
            k = int(differs[0])
            raise InputError(
                f"identity {self.identities[k]} in two classes, image {first[group[k]]} and image {k}",
                "images of one identity share their class",
                "Correct the label or the identity",
                parameter="identities",
            )

    def __len__(self) -> int:
        return len(self.images)

    def part(self, rows: np.ndarray) -> Dataset:
        """Some of its samples as a data set of their own, with all names.

        Args:
            rows: (n,) indices, at least one.
        """
        of_samples = ("images", "labels", "domains", "identities", "held_out")
        of_some = {name: getattr(self, name)[rows] for name in of_samples}
        of_some |= {
            name: tuple(values[row] for row in rows) if (values := getattr(self, name)) else ()
            for name in ("names", "texts", "credits")
        }
        some = hashlib.blake2b(np.asarray(rows, np.int64).tobytes(), digest_size=8).hexdigest()
        return replace(
            self,
            **of_some,
            content_id=f"{self.content_id}-{some}",
            second_images=None if self.second_images is None else self.second_images[rows],
            embeddings=None if self.embeddings is None else tuple(z[rows] for z in self.embeddings),
            columns={name: values[rows] for name, values in self.columns.items()},
        )

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.images.shape[1], self.images.shape[2]

    @cached_property
    def unlabelled(self) -> np.ndarray:
        """bool (N,), true where a sample has no label."""
        absent: np.ndarray = self.labels == UNLABELLED
        return absent

    @cached_property
    def shares_identities(self) -> bool:
        """Whether something is shown in several domains."""
        shown = np.unique(np.stack([self.identities, self.domains]), axis=1)[0]
        return len(np.unique(shown)) < len(shown)

    @cached_property
    def name_places(self) -> np.ndarray:
        """int64 (N,), place of what each sample is called in ``class_names``: samples without label come last."""
        return self.labels % len(self.class_names)

    @cached_property
    def class_titles(self) -> tuple[str, ...]:
        """What people call each class."""
        return tuple(self.titles.get(name, name) for name in self.class_names)

    @cached_property
    def domain_titles(self) -> tuple[str, ...]:
        """What people call each domain."""
        return tuple(self.titles.get(name, name) for name in self.domain_names)

    @property
    def summary(self) -> str:
        """One line with the counts, e.g. ``"4,888 images · 10 classes · 4 domains · 976 held out"``."""
        without = int(self.unlabelled.sum())
        parts = [f"{len(self):,} images", f"{len(self.class_names) - (without > 0)} classes"]
        if without:
            parts.append(f"{without:,} without label")
        if len(self.domain_names) > 1:
            parts.append(f"{len(self.domain_names)} domains")
        return " · ".join([*parts, f"{int(self.held_out.sum()):,} held out"])

    @cached_property
    def members(self) -> dict[int, np.ndarray]:
        """Identity → indices of its images, in ascending order."""
        order = np.argsort(self.identities, kind="stable")
        identities, starts = np.unique(self.identities[order], return_index=True)
        groups = np.split(order, starts[1:])
        return dict(zip(identities.tolist(), groups, strict=True))


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.setflags(write=False)
    return view
