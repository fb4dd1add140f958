"""``python -m benchmarks.paper.iterations``: GCA-INCE by Sinkhorn iterations and ε: compactness and accuracy."""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from plotly.subplots import make_subplots
from sklearn.metrics import pairwise_distances

from benchmarks.paper.report import Estimate, apart, lines, write
from benchmarks.paper.runs import Case, measured
from gca_viz.datasets import load_dataset
from gca_viz.encoders import load_encoder
from gca_viz.experiments.train import Run, TrainingRecipe
from gca_viz.views import to_tensor

ITERATIONS = (1, 2, 5, 11)
EPSILONS = (0.1, 0.2, 0.5, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper.iterations", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    found = {}
    for epsilon in EPSILONS:
        for count in ITERATIONS:
            recipe = TrainingRecipe(
                method="gca-ince", epsilon=epsilon, options=(("iterations", count),), epochs=options.epochs
            )
            runs = [
                run
                for _, run in Case(f"iterations-{count}-eps{epsilon:g}-{options.epochs}", recipe).seeds(
                    options.seeds
                )
            ]
            found[epsilon, count] = {
                "compactness": Estimate.of([compactness(run) for run in runs]),
                "linear class": Estimate.of([measured(run)["linear_class"] for run in runs]),
                "kNN class": Estimate.of([measured(run)["knn_class"] for run in runs]),
            }
    rows = [
        {"ε": epsilon, "iterations": count} | {name: str(value) for name, value in values.items()}
        for (epsilon, count), values in found.items()
    ]
    drawn = make_subplots(1, 2, subplot_titles=("compactness of held-out classes", "linear probe of the class"))
    for number, epsilon in enumerate(EPSILONS):
        for column, measure in enumerate(("compactness", "linear class")):
            series = [found[epsilon, count][measure] for count in ITERATIONS]
            lines(
                drawn,
                f"ε = {epsilon:g}",
                ITERATIONS,
                series,
                number,
                xaxis=f"x{column + 1}",
                yaxis=f"y{column + 1}",
                showlegend=column == 0,
            )
    drawn.update_xaxes(title="Sinkhorn iterations in training")
    drawn.update_yaxes(title="distance within over between classes", col=1).update_yaxes(
        title="share of held-out images", col=2
    )
    first, last = ITERATIONS[0], ITERATIONS[-1]
    clauses = [
        f"at ε = {epsilon:g}, "
        + apart(
            f"after {last} iterations",
            found[epsilon, last]["linear class"],
            f"after {first}",
            found[epsilon, first]["linear class"],
        )
        for epsilon in EPSILONS
    ]
    best = max(found, key=lambda key: found[key]["linear class"].mean)
    spread = [
        max(found[e, c]["linear class"].mean for c in ITERATIONS)
        - min(found[e, c]["linear class"].mean for c in ITERATIONS)
        for e in EPSILONS
    ]
    write(
        "iterations",
        pd.DataFrame(rows),
        drawn,
        "Sinkhorn iterations and temperature",
        f"python -m benchmarks.paper.iterations --seeds {options.seeds} --epochs {options.epochs}",
        f"GCA-INCE for {options.epochs} epochs, {options.seeds} seed{'s' if options.seeds > 1 else ''} each. "
        "Linear probe of the class: "
        + "; ".join(clauses)
        + f". Over the iterations it varies by {min(spread):.3f} to {max(spread):.3f}, "
        f"and is highest at ε = {best[0]:g} with t = {best[1]} ({found[best]['linear class'].mean:.3f}). "
        "Compactness is the mean distance within a "
        "class over that between classes, of projector outputs on the sphere; lower is more compact."
        + ("" if options.seeds > 1 else " With one seed nothing here can be told from noise."),
    )


def compactness(run: Run) -> float:
    """Mean distance within held-out classes over that between them, of projector outputs on the sphere."""
    dataset = load_dataset("emoji")
    rows = np.flatnonzero(dataset.held_out)
    z = load_encoder(max(run.checkpoints.values())).encode(to_tensor(dataset.images[rows])).numpy()
    distances = pairwise_distances(z / np.linalg.norm(z, axis=1, keepdims=True))
    labels = dataset.labels[rows]
    same = labels[:, None] == labels
    off = ~np.eye(len(rows), dtype=bool)
    return float(distances[same & off].mean() / distances[~same].mean())


if __name__ == "__main__":
    main()
