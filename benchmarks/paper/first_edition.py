"""The first edition's tables as claims and points: ``python -m benchmarks.paper.first_edition``.

Reads ``docs/paper/*.csv`` and writes ``data/paper/``, which the page *Paper* shows. No number is made here: effects
are differences of the means that stand there, their intervals follow from the half widths (Welch), and verdicts are
corrected for the number of comparisons of an experiment (Holm). An experiment that is run anew writes its own rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd
from scipy import stats

from gca_viz.encoders import bundled_encoders
from gca_viz.experiments.claims import COLUMNS, NOT_SHOWN, REFUTED, SHOWN
from gca_viz.experiments.recipe.recipe import Recipe

PLACE, SHIPPED = Path("docs") / "paper", Path("data") / "paper"
SOURCE = "arXiv 2502.20141"
NETWORK = "ResNet-8 (0.33 M)"
SHARE = "share of held-out images"
Row = dict[str, object]


def main() -> None:
    """Write the table of claims, and the points of each experiment's figure."""
    SHIPPED.mkdir(parents=True, exist_ok=True)
    tables = [holm(list(make(pd.read_csv(PLACE / f"{name}.csv")))) for name, make in CLAIMS.items()]
    rows = [row for table in tables for row in table]
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(SHIPPED / "claims.csv", index=False, float_format="%.4g")
    for name, draw in POINTS.items():
        points = pd.DataFrame(draw(pd.read_csv(PLACE / f"{name}.csv")))
        points.to_csv(SHIPPED / f"{name}.csv", index=False, float_format="%.5g")


# ---------------------------------------------------------------- claims


def _methods(table: pd.DataFrame) -> Iterator[Row]:
    for (views, seeds), part in table.groupby(["views", "seeds"], sort=False):
        base = part.set_index("method").loc["ince"]
        for _, row in part[part["method"] != "ince"].iterrows():
            for measure in ("kNN class", "linear class", "cross-style R@1"):
                claim = f"{row['method']} is above ince: {measure}, {views} views"
                made = "python -m benchmarks.paper.methods --seeds 3 --epochs 20"
                view = "simclr" if views == "standard" else "noisy"
                yield _row(
                    "methods", claim, row[measure], base[measure], seeds, made, method=row["method"], views=view
                )


def _noise(table: pd.DataFrame) -> Iterator[Row]:
    made = "python -m benchmarks.paper.noise --seeds 2 --epochs 10"
    for share, part in table.groupby("wrong pairs", sort=False):
        rows = part.set_index("method")
        for method in rows.index.drop("ince"):
            claim = f"{method} is above ince with {share:.0%} wrong pairs: linear class"
            theirs = rows.loc["ince", "linear class"]
            yield _row("noise", claim, rows.loc[method, "linear class"], theirs, 2, made, method=method)
        if share:
            for ours in ("AUC of the row's mass", "AUC of the pair's mass"):
                claim = f"{ours} is above that of the cosine, {share:.0%} wrong pairs, encoder of ince"
                theirs = rows.loc["ince", "AUC of the cosine"]
                yield _row("noise", claim, rows.loc["ince", ours], theirs, 2, made, unit="AUC", method="gca-uot")


def _domains(table: pd.DataFrame) -> Iterator[Row]:
    made = "python -m benchmarks.paper.domains --seeds 3 --epochs 10"
    for target, part in table.groupby("target", sort=False):
        rows = part.set_index("α − β")
        for measure in rows.columns.drop("target"):
            claim = f"{measure} is higher with α − β = 0.5 than with −0.5, {target} target"
            more = {"prior": "fixed share", "share": 0.7} if target == "mass-controlled" else {}
            yield _row(
                *("domains", claim, rows.loc[0.5, measure], rows.loc[-0.5, measure], 3, made),
                **{"method": "gca-ince", "target": "domain", "alpha": 0.55, "beta": 0.05} | more,
            )


def _iterations(table: pd.DataFrame) -> Iterator[Row]:
    made = "python -m benchmarks.paper.iterations --seeds 1 --epochs 10"
    for epsilon, part in table.groupby("ε", sort=False):
        rows = part.set_index("iterations")
        claim = f"11 iterations are above 1 at ε = {epsilon:g}: linear class"
        ours, theirs = (str(rows.loc[count, "linear class"]) for count in (11, 1))
        yield _row("iterations", claim, ours, theirs, 1, made, method="gca-ince", eps=epsilon, iterations=11)


CLAIMS: dict[str, Callable[[pd.DataFrame], Iterator[Row]]] = {
    "methods": _methods,
    "iterations": _iterations,
    "domains": _domains,
    "noise": _noise,
}


def _row(
    experiment: str,
    claim: str,
    ours: str,
    theirs: str,
    seeds: int,
    command: str,
    unit: str = SHARE,
    **setting: object,
) -> Row:
    """A line of the table, before it is known how many there are."""
    effect, low, high, p = difference(parted(ours), parted(theirs), seeds)
    encoder = setting["method"] if setting["method"] in ("rince", "gca-ince", "gca-rince", "gca-uot") else "ince"
    if setting.get("views") == "noisy" and f"noisy-{encoder}" in bundled_encoders():
        encoder = f"noisy-{encoder}"
    recipe = Recipe().with_values(data="emoji", encoder=encoder, **setting)
    return {
        **{"experiment": experiment, "claim": claim, "source": SOURCE, "effect": effect, "low": low, "high": high},
        **{"unit": unit, "p": p, "seeds": seeds, "data": "emoji", "encoder": NETWORK, "command": command},
        **{"link": f"?{urlencode(recipe.to_query())}", "figure": experiment},
    }


def parted(text: str) -> tuple[float, float]:
    """Mean and half width in ``0.441 ± 0.033``; NaN for the half width of one run alone."""
    mean, _, half = str(text).partition(" ± ")
    return float(mean), float(half) if half else math.nan


def difference(ours: tuple[float, float], theirs: tuple[float, float], seeds: int) -> tuple[float, ...]:
    """Ours less theirs, its 95 % interval and p-value, as Welch's test has them; NaN with one seed."""
    effect = ours[0] - theirs[0]
    if seeds < 2:
        return effect, math.nan, math.nan, 1.0
    errors = np.array([ours[1], theirs[1]]) / stats.t.ppf(0.975, seeds - 1)
    error = float(np.hypot(*errors))
    if error == 0:
        return effect, effect, effect, float(effect == 0)
    freedom = error**4 / float(np.sum(errors**4) / (seeds - 1))
    half = float(stats.t.ppf(0.975, freedom)) * error
    return effect, effect - half, effect + half, float(2 * stats.t.sf(abs(effect) / error, freedom))


def holm(rows: list[Row]) -> list[Row]:
    """The rows with p-values corrected for their number (Holm), and what follows from these."""
    highest = 0.0
    for rank, row in enumerate(sorted(rows, key=lambda row: float(str(row["p"])))):
        highest = max(highest, min(1.0, float(str(row["p"])) * (len(rows) - rank)))
        verdict = SHOWN if float(str(row["effect"])) > 0 else REFUTED
        row |= {"p": highest, "comparisons": len(rows), "verdict": verdict if highest <= 0.05 else NOT_SHOWN}
    return rows


# ---------------------------------------------------------------- points


def _points(panel: str, curve: str, x: str, measures: tuple[str, ...]) -> Callable[[pd.DataFrame], list[Row]]:
    """Which columns of a table are panel, curve and x of its figure; no panel: one for each measure."""

    def points(table: pd.DataFrame) -> list[Row]:
        found = []
        for measure in measures:
            for _, row in table.dropna(subset=[measure]).iterrows():
                mean, half = parted(row[measure])
                place = f"{measure}, {row[panel]}" if panel else measure
                found.append(
                    {"panel": place, "curve": f"{curve} {row[curve]}" if curve == "ε" else row[curve], "x": row[x]}
                    | {"measure": measure, "mean": mean, "low": mean - half, "high": mean + half}
                )
        return found

    return points


POINTS = {
    "methods": _points("views", "method", "method", ("kNN class", "linear class", "cross-style R@1")),
    "iterations": _points("", "ε", "iterations", ("compactness", "linear class", "kNN class")),
    "domains": _points("", "target", "α − β", ("class (backbone)", "style (backbone)", "style (projector)")),
    "noise": _points(
        "", "method", "wrong pairs", ("linear class", "AUC of the row's mass", "AUC of the pair's mass")
    ),
}


if __name__ == "__main__":
    main()
