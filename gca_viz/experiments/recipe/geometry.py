"""How the page Geometry draws its map."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gca_viz.experiments.recipe.field import Checked, described
from gca_viz.experiments.recipe.parts import SEED
from gca_viz.geometry.kinds import PROJECTIONS
from gca_viz.settings.parameter import Choice, Parameter

PROJECTION = Choice(
    "projection",
    "Map",
    PROJECTIONS,
    "t-sne",
    "t-SNE and UMAP keep neighbours together, and far distances mean little; PCA keeps the directions of largest "
    "variance; sphere and circle show the top three or two principal directions about the origin, normalised.",
)
DIMENSIONS = Choice(
    "dimensions", "Axes", ("2-D", "3-D"), "2-D", "Number of axes of the map; one with three can be turned."
)
MAP_SEED = replace(
    SEED,
    name="map_seed",
    label="Map seed",
    help="Seed of t-SNE and UMAP: what changes with it is in the map only, not in the embeddings.",
)
NEIGHBOURS = Parameter(
    "neighbours",
    "k",
    "Neighbours",
    15,
    2,
    200,
    2,
    100,
    "log",
    integer=True,
    help="Number of nearest neighbours of each point that UMAP keeps: few show details, many the whole.",
)
PERPLEXITY = Parameter(
    "perplexity",
    "",
    "Perplexity",
    30,
    2,
    200,
    2,
    100,
    "log",
    help="Effective number of neighbours of each point that t-SNE keeps: few show details, many the whole.",
)
#: before the name of a column of the user's table, in a link
COLUMN = "column:"


def is_column(name: object) -> bool:
    """Whether a colour is a column of the user's table."""
    return isinstance(name, str) and name.startswith(COLUMN) and len(name) > len(COLUMN)


COLOUR = Choice(
    "colour",
    "Colour by",
    ("class", "domain", "view", "mass", "loss", "density"),
    "class",
    "mass: what a row sends (a column receives); loss: that of the row; density: mean cosine with the ten nearest; "
    "of your own embeddings also column:NAME, a column of their table.",
    accepts=is_column,
)
LINES = Choice(
    "lines",
    "Plan",
    ("none", "mass", "barycentre"),
    "mass",
    "mass: lines to the points that receive most; barycentre: an arrow to the mean of view 2, weighted by mass.",
)
PARTNERS = Parameter(
    "partners",
    "",
    "Lines per point",
    1,
    1,
    20,
    1,
    10,
    integer=True,
    help="To how many points of view 2 each point of view 1 is joined.",
)
THUMBNAILS = Choice("thumbnails", "Images", ("off", "on"), "off", "Draw the images themselves on a map in 2-D.")


@dataclass(frozen=True)
class GeometryRecipe(Checked):
    """How the map is made and drawn; of the embeddings nothing is computed again when it changes."""

    projection: str = described(PROJECTION, "map")
    dimensions: str = described(DIMENSIONS, "axes")
    seed: int = described(MAP_SEED, "mapseed")
    neighbours: int = described(NEIGHBOURS, "neighbours")
    perplexity: float = described(PERPLEXITY, "perplexity")
    colour: str = described(COLOUR, "colour")
    lines: str = described(LINES, "lines")
    partners: int = described(PARTNERS, "partners")
    thumbnails: str = described(THUMBNAILS, "thumbs")

    @property
    def shown_dimensions(self) -> int:
        """Axes of the map: the sphere has three, the circle two, the others what was chosen."""
        return {"sphere": 3, "circle": 2}.get(self.projection, int(self.dimensions[0]))
