"""Work on other machines, through Ray; the only room that imports it."""

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.cluster.shards import rows

__all__ = ["rows"]
__getattr__, __dir__ = public_names(__name__, {"gca_viz.cluster.shards": ("rows",)})
