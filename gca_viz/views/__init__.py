"""Two views of a batch: which there are, and how they are made."""

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.views.augmentation import augment
    from gca_viz.views.presets import RELATION_VIEWS, STRENGTH, UNCHANGED, VIEWS, Augmentation, OneOf, ViewPreset
    from gca_viz.views.reduction import COUNT, REDUCE
    from gca_viz.views.several import many_views
    from gca_viz.views.two_views import ViewMaker, Views, make_views, to_tensor, to_uint8

__getattr__, __dir__ = public_names(
    __name__,
    {
        "gca_viz.views.augmentation": ("augment",),
        "gca_viz.views.reduction": ("COUNT", "REDUCE"),
        "gca_viz.views.several": ("many_views",),
        "gca_viz.views.presets": (
            "RELATION_VIEWS",
            "STRENGTH",
            "UNCHANGED",
            "VIEWS",
            "Augmentation",
            "OneOf",
            "ViewPreset",
        ),
        "gca_viz.views.two_views": ("ViewMaker", "Views", "make_views", "to_tensor", "to_uint8"),
    },
)

__all__ = [
    "COUNT",
    "REDUCE",
    "RELATION_VIEWS",
    "STRENGTH",
    "UNCHANGED",
    "VIEWS",
    "Augmentation",
    "OneOf",
    "ViewMaker",
    "ViewPreset",
    "Views",
    "augment",
    "make_views",
    "many_views",
    "to_tensor",
    "to_uint8",
]
