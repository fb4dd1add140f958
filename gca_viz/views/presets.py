"""The ways of making two views, described; ``augmentation.py`` carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gca_viz.settings.parameter import Parameter

STRENGTH = Parameter(
    name="strength",
    symbol="s",
    label="View strength",
    default=1.0,
    minimum=0.0,
    maximum=2.0,
    low=0.0,
    high=2.0,
    help="Factor on the amount of every random augmentation: 0 leaves the image alone, 1 is the usual setting.",
)


@dataclass(frozen=True)
class Augmentation:
    """A distribution over image changes, at strength 1.

    Attributes:
        crop: range of the area share that a crop keeps, before it is resized to full size; ``None`` for no crop.
        flip: probability of a horizontal flip.
        jitter: probability of a colour jitter.
        brightness, contrast, saturation: the jitter multiplies brightness, distance from the mean grey, and
            saturation by 1 ± this.
        hue: the jitter's rotation of the hue is ± this many turns.
        grayscale: probability of losing all colour.
        blur: probability of a Gaussian blur.
        erase: area share of one square that is painted grey.
        exposure: every channel is shifted by ± exactly this (over- or under-exposed; the sign is drawn).
    """

    crop: tuple[float, float] | None = None
    flip: float = 0.0
    jitter: float = 0.0
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    hue: float = 0.1
    grayscale: float = 0.0
    blur: float = 0.0
    erase: float = 0.0
    exposure: float = 0.0


UNCHANGED = Augmentation()


@dataclass(frozen=True)
class OneOf:
    """Each image gets one of several augmentations, all equally likely."""

    alternatives: tuple[Augmentation, ...]


@dataclass(frozen=True)
class ViewPreset:
    """A named way of making two views.

    Attributes:
        title: what a form calls it.
        description: one sentence for the user.
        augmentation: what happens to both views, or to view 1 alone where there is a ``second``.
        second: what happens to view 2, if that is something else.
        partner: which image view 2 starts from: the image ``"itself"``, or in another domain one of the same
            ``"identity"`` or of the same ``"class"``.
        words: whether view 2 is the text that says what the image shows.
    """

    title: str
    description: str
    augmentation: Augmentation | OneOf = UNCHANGED
    second: Augmentation | OneOf | None = None
    partner: Literal["itself", "identity", "class"] = "itself"
    words: bool = False

    @property
    def cross_domain(self) -> bool:
        """Whether view 2 starts from an image of another domain."""
        return self.partner != "itself"

    @property
    def augmentations(self) -> tuple[Augmentation | OneOf, Augmentation | OneOf]:
        """What happens to view 1, and to view 2."""
        return self.augmentation, self.augmentation if self.second is None else self.second


_SIMCLR = Augmentation(crop=(0.3, 1.0), flip=0.5, jitter=0.8, grayscale=0.2, blur=0.2)

VIEWS = MappingProxyType(
    {
        "none": ViewPreset("None", "Both views are the image itself."),
        "simclr": ViewPreset("SimCLR", "Crop, flip, colour jitter, grey and blur, as in SimCLR.", _SIMCLR),
        "strong-weak": ViewPreset(
            "Strong and weak",
            "View 1 as in SimCLR, view 2 cropped and flipped only, as in ReSSL.",
            _SIMCLR,
            second=Augmentation(crop=_SIMCLR.crop, flip=_SIMCLR.flip),
        ),
        "cross-style": ViewPreset(
            "Same identity, other style",
            "View 1 is the image, view 2 the same identity in another domain.",
            partner="identity",
        ),
        "cross-style-simclr": ViewPreset(
            "Other style + SimCLR",
            "The same identity in two domains, each with SimCLR’s augmentations.",
            _SIMCLR,
            partner="identity",
        ),
        "cross-class": ViewPreset(
            "Same class, other style",
            "View 1 is the image, view 2 another thing of the same class in another domain.",
            partner="class",
        ),
        "image-text": ViewPreset(
            "Image and text",
            "View 1 is the image, view 2 its name and keywords, as in CLIP.",
            words=True,
        ),
        "erase": ViewPreset(
            "Extreme: large erase",
            "A grey square hides half of each view.",
            Augmentation(flip=0.5, erase=0.5),
        ),
        "crop": ViewPreset(
            "Extreme: strong crop",
            "Each view keeps only 5 to 15 % of the image.",
            Augmentation(crop=(0.05, 0.15), flip=0.5),
        ),
        "brightness": ViewPreset(
            "Extreme: brightness",
            "Each view is strongly over- or under-exposed.",
            Augmentation(flip=0.5, exposure=0.6),
        ),
        "noisy": ViewPreset(
            "Extreme: one of the three",
            "Each view gets one of the three, at random.",
            OneOf(
                (
                    Augmentation(flip=0.5, erase=0.5),
                    Augmentation(crop=(0.05, 0.15), flip=0.5),
                    Augmentation(flip=0.5, exposure=0.6),
                )
            ),
        ),
    }
)

#: the views for which the target ``"relation"`` was made
RELATION_VIEWS = "strong-weak"
