"""Points, maps and numbers of a recipe's embeddings, each cached by what it depends on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from sklearn.metrics import normalized_mutual_info_score

from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.geometry import GeometryRecipe
from gca_viz.experiments.recipe.recipe import NOTHING, Inputs, MethodRecipe
from gca_viz.geometry.measures import MEASURES, measured
from gca_viz.geometry.plan_spectrum import MOST_ROWS, Spectrum, spectrum
from gca_viz.geometry.points import Points
from gca_viz.geometry.projection import Projection, project
from gca_viz.geometry.trust import Trust, trust
from gca_viz.metric import Estimate
from gca_viz.progress import ReportProgress


@dataclass(frozen=True, eq=False)
class Map:
    """A map and how far it can be trusted; ``trust`` is None for fewer than three points."""

    projection: Projection
    trust: Trust | None


@cached(key=engine.key_of)
def points_of(inputs: Inputs) -> Points:
    """Both views of the batch as points."""
    embeddings = engine.embeddings_of(inputs)
    z1, z2 = (z.cpu().numpy() for z in (embeddings.z1, embeddings.z2))
    return Points.of(z1, z2, engine.batch_of(inputs.data).labels, engine.domains_of(inputs.data, inputs.views))


@cached(key=lambda inputs, geometry: engine.key_of(inputs, what_counts(geometry)))
def map_of(
    inputs: Inputs,
    geometry: GeometryRecipe,
    *,
    progress: ReportProgress | None = None,
) -> Map:
    """The map that a recipe names.

    Args:
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: as :func:`gca_viz.geometry.projection.project`.
    """
    geometry, z = what_counts(geometry), points_of(inputs).z
    projection = project(
        z,
        geometry.projection,
        dimensions=geometry.shown_dimensions,
        seed=geometry.seed,
        neighbours=geometry.neighbours,
        perplexity=geometry.perplexity,
        progress=progress,
    )
    return Map(projection, trust(z, projection.coordinates))


def what_counts(geometry: GeometryRecipe) -> GeometryRecipe:
    """What decides the coordinates; colours, lines and what the chosen map does not know do not."""
    counts = {"umap": ("seed", "neighbours"), "t-sne": ("seed", "perplexity")}.get(geometry.projection, ())
    axes = {"sphere": "3-D", "circle": "2-D"}.get(geometry.projection, geometry.dimensions)
    kept = {name: getattr(geometry, name) for name in counts}
    return replace(GeometryRecipe(), projection=geometry.projection, dimensions=axes, **kept)


@cached(key=engine.key_of)
def measures_of(inputs: Inputs, *, progress: ReportProgress | None = None) -> Mapping[str, Estimate | None]:
    """The numbers of the embeddings, by name in :data:`gca_viz.geometry.measures.MEASURES`.

    Args:
        progress: as for :func:`map_of`.
    """
    report_progress, found = progress or (lambda share, what: None), {}
    for measure, estimate in measured(points_of(inputs)):
        found[measure.name] = estimate
        report_progress(len(found) / len(MEASURES) * 0.99, "Measuring the embeddings")
    return MappingProxyType(found)


@cached(key=lambda inputs, epsilon: engine.key_of(inputs, epsilon))
def spectrum_of(inputs: Inputs, epsilon: float) -> Spectrum:
    """The spectrum of the balanced plan of all points among themselves, at a temperature.

    Raises:
        InputError: more than 1,024 samples, or a plan that its iterations do not balance.
    """
    samples = engine.batch_of(inputs.data).size
    if 2 * samples > MOST_ROWS:
        raise InputError(
            f"the spectrum of a plan of {samples:,} samples",
            f"it is computed of at most {MOST_ROWS // 2:,}",
            "Use a smaller batch",
            parameter="batch_size",
        )
    method = MethodRecipe(name="gca-ince", reference=NOTHING, epsilon=epsilon, iterations=math.inf, layout="joint")
    return spectrum(engine.plan_between(engine.embeddings_of(inputs), inputs, method, trace=False))


def pairs_apart(found: Spectrum) -> bool:
    """Whether the largest gap makes a cluster of nearly every pair: of more than half as many as there are."""
    return found.clusters > max(2, len(found.matrix) // 4)


def clusters_of(found: Spectrum) -> int:
    """How many clusters the points are read as: of the largest gap, or of that below where pairs are apart."""
    return found.clusters_within(len(found.matrix) // 4) if pairs_apart(found) else found.clusters


def clusters_sentence(found: Spectrum, labels: np.ndarray, domains: np.ndarray) -> str:
    """How many clusters the largest gap names, and what they have to do with classes and domains.

    Where that is about one for every pair, it says so, and goes on with the largest gap below half as many.

    Args:
        found: of 2N points.
        labels, domains: (2N,) of each point.
    """
    k = clusters_of(found)
    if k < 2:
        return "Fewer than three points make no clusters."
    gap = f", {found.gaps[k - 1]:.2f} after eigenvalue {k}, names {k} clusters"
    words = f"The largest gap{gap}"
    if pairs_apart(found):
        pairs = len(found.matrix) // 2
        words = (
            f"At this ε nearly every pair is its own cluster: the largest gap makes {found.clusters} of {pairs} "
            f"pairs. The largest below {max(2, pairs // 2)}{gap}"
        )
    division = found.cluster(k)
    alike = [
        f"{what} {normalized_mutual_info_score(of, division):.2f}"
        for what, of in (("class", labels), ("domain", domains))
        if len(np.unique(of)) > 1
    ]
    return f"{words}. Shared information (NMI, 0 to 1) with {' and '.join(alike)}." if alike else f"{words}."


def headline(measures: Mapping[str, Estimate | None]) -> str:
    """One sentence that says what the embeddings are like, from the numbers."""
    shares = [
        f"the {what} {MEASURES[name].estimate_text(measures[name])} of the time"
        for name, what in (("knn_class", "class"), ("knn_domain", "domain"))
        if measures[name] is not None
    ]
    if shares:
        return f"The nearest neighbours know {' and '.join(shares)}"
    distance = MEASURES["alignment"].estimate_text(measures["alignment"])
    return f"The two views of an image lie at a squared distance of {distance}"


def map_sentence(geometry: GeometryRecipe, found: Map, *, picked: bool = False) -> str:
    """What the map shows, in plain words; ``picked`` tells whether a pair is ringed."""
    given = found.projection.neighbours
    kind = {
        "t-sne": "t-SNE keeps neighbours together; distances between clusters mean little",
        "umap": "UMAP keeps neighbours together; distances between clusters mean little",
        "pca": "PCA shows the directions in which the embeddings vary most",
        "sphere": "The top three principal directions about the origin, each point scaled to length 1",
        "circle": "The top two principal directions about the origin, each point scaled to length 1",
    }[found.projection.method]
    if given is not None:
        word = "perplexity" if found.projection.method == "t-sne" else "neighbours"
        asked = getattr(geometry, word)
        kind += f" ({word} {given:.3g}" + (", for there are no more points)" if given < asked else ")")
    plan = {
        "none": "",
        "mass": " Lines: where a point of view 1 sends most mass, teal to its partner, magenta to another.",
        "barycentre": " Arrows: from a point of view 1 to the mean place of view 2, weighted by mass.",
    }[geometry.lines]
    colour = {
        "mass": " Colour: the mass that a point of view 1 sends or one of view 2 receives.",
        "loss": " Colour: the loss of a point’s row, in view 2 that of its partner's.",
    }.get(geometry.colour, "")
    return f"{kind}.{plan}{colour}" + (" Rings: the picked row blue, the column orange." if picked else "")
