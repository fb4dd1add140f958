"""Two views of a batch: which there are, and how they are made."""

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.views.augmentation import augment
    from gca_viz.views.presets import RELATION_VIEWS, STRENGTH, UNCHANGED, VIEWS, Augmentation, OneOf, ViewPreset
    from gca_viz.views.two_views import Views, make_views, to_tensor, to_uint8

__getattr__, __dir__ = public_names(
    __name__,
    {
        "gca_viz.views.augmentation": ("augment",),
        "gca_viz.views.presets": (
            "RELATION_VIEWS",
            "STRENGTH",
            "UNCHANGED",
            "VIEWS",
            "Augmentation",
            "OneOf",
            "ViewPreset",
        ),
        "gca_viz.views.two_views": ("Views", "make_views", "to_tensor", "to_uint8"),
    },
)

__all__ = [
    "RELATION_VIEWS",
    "STRENGTH",
    "UNCHANGED",
    "VIEWS",
    "Augmentation",
    "OneOf",
    "ViewPreset",
    "Views",
    "augment",
    "make_views",
    "to_tensor",
    "to_uint8",
]
