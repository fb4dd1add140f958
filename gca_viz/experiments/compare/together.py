"""What candidates reach together: the mean of what each says, beside the best of them alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr

from gca_viz.experiments.compare.candidate_result import CandidateResult
from gca_viz.geometry.bootstrap import of_mean, paired
from gca_viz.geometry.measures import MEASURES
from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.geometry.probes import hits, probe_shares
from gca_viz.labels import UNLABELLED, class_count
from gca_viz.metric import Estimate, Metric
from gca_viz.progress import ReportProgress
from gca_viz.transport import READINGS

ALL = "All together"
#: two whose numbers differ by less are called about as good
EQUAL = 0.05
#: what is averaged → the number that is read from the mean, and the way to be alike that it is drawn over
SAYS: Mapping[str, tuple[Metric, str]] = MappingProxyType(
    {"probe": (MEASURES["linear_class"], "cka"), "plan": (READINGS["top1_rows"], "shared_mass")}
)


@dataclass(frozen=True, eq=False)
class Gain:
    """What the mean of several members' shares reaches, and how far that is above the best of them.

    Attributes:
        alone: label → its own number.
        best: label of the best alone.
        together: the number of the mean.
        gain: together − best alone, paired over samples.
    """

    alone: Mapping[str, Estimate]
    best: str
    together: Estimate
    gain: Estimate


@dataclass(frozen=True, eq=False)
class Together:
    """What candidates reach together.

    Attributes:
        gains: name in :data:`SAYS` → all members together; without what has no meaning here.
        pairs: a row per pair of members: ``a``, ``b``, how alike they are (a column per way) and, per name in
            ``gains``, ``gain_…``, ``gain_…_low`` and ``gain_…_high`` of the two together, and ``apart_…``, by how
            much their own numbers differ.
    """

    gains: Mapping[str, Gain]
    pairs: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """A row per member, the last for all together, with a column per number and its interval."""
        rows: dict[str, dict[str, float]] = {}
        for name, gain in self.gains.items():
            metric = SAYS[name][0].name
            for label, of in {**gain.alone, ALL: gain.together}.items():
                rows.setdefault(label, {})[metric] = of.value
                rows[label] |= {f"{metric}_low": of.low, f"{metric}_high": of.high}
        return pd.DataFrame({"contender": label, **numbers} for label, numbers in rows.items())

    def correlation(self, name: str, alike: str, *, equal: bool = False) -> float:
        """Spearman's ρ of the pairs' gain and how alike they are; NaN for fewer than three pairs or a constant.

        Args:
            name, alike: what is averaged, and the way to be alike.
            equal: of those pairs alone whose own numbers differ by less than :data:`EQUAL`.
        """
        pairs = self.pairs[self.pairs[f"apart_{name}"] < EQUAL] if equal else self.pairs
        known = pairs[[alike, f"gain_{name}"]].dropna().round(9)  # equals but for rounding are equal
        if len(known) < 3 or (known.nunique() < 2).any():
            return float("nan")
        return float(spearmanr(*known.to_numpy().T).statistic)


def together(
    members: Sequence[CandidateResult],
    alike: Mapping[str, pd.DataFrame],
    drawn: np.ndarray,
    *,
    progress: ReportProgress | None = None,
) -> Together:
    """What members reach together, all of them and two by two.

    The linear probe's probabilities are averaged where the embeddings differ and there are two classes; the rows of
    the plans, each of sum 1, where partners may be matched.

    Args:
        members: of one batch, at least two.
        alike: way to be alike → how alike each is to each; ``cka`` is there only where the embeddings differ.
        drawn: see :func:`gca_viz.geometry.bootstrap.draws`.
        progress: called with the share done and what is being done; may raise to cancel.

    Source: the mean of probabilities gains where members err on different samples; Krogh & Vedelsby, NIPS 1994.
    """
    says = {}
    if "cka" in alike and (of_probes := _of_probes(members, drawn)) is not None:
        says["probe"] = of_probes
    if not any(member.plan.without_pairs for member in members):
        says["plan"] = _of_plans(members, drawn)
    labels = [member.label for member in members]
    gains = {name: _gain(says[name], range(len(members)), labels) for name in says}
    pairs, rows = list(combinations(range(len(members)), 2)), []
    for done, (i, j) in enumerate(pairs):
        if progress is not None:
            progress(0.99 * done / len(pairs), "Averaging two by two")
        row: dict[str, object] = {"a": labels[i], "b": labels[j]}
        row |= {name: table.iloc[i, j] for name, table in alike.items()}
        for name, of in says.items():
            both = _gain(of, (i, j), labels)
            one, other = (alone.value for alone in both.alone.values())
            row |= {f"gain_{name}": both.gain.value, f"gain_{name}_low": both.gain.low}
            row |= {f"gain_{name}_high": both.gain.high, f"apart_{name}": abs(one - other)}
        rows.append(row)
    return Together(MappingProxyType(gains), pd.DataFrame(rows))


#: positions of members → the number of the mean of their shares
_Mean = Callable[[Sequence[int]], Estimate]


def _gain(mean: _Mean, which: Sequence[int], labels: Sequence[str]) -> Gain:
    alone = {labels[number]: mean([number]) for number in which}
    best = max(alone, key=lambda label: alone[label].value)
    found = mean(list(which))
    return Gain(alone, best, found, paired(alone[best], found))


def _of_probes(members: Sequence[CandidateResult], drawn: np.ndarray) -> _Mean | None:
    labels = members[0].points.labels
    known = labels[: members[0].points.samples] != UNLABELLED
    if known.sum() < 2 or class_count(labels) < 2:
        return None
    points = [member.points.of_samples(known) for member in members]
    shares = np.stack([probe_shares(of, of.labels) for of in points])

    def mean(which: Sequence[int]) -> Estimate:
        found = hits(shares[list(which)].mean(0), points[0].labels)
        return of_mean(found.reshape(2, -1).mean(0), drawn[:, known])

    return mean


def _of_plans(members: Sequence[CandidateResult], drawn: np.ndarray) -> _Mean:
    pairing, matrices = pairing_of(members[0].plan), [member.plan.detach().matrix for member in members]
    sample = pairing.row_sample.cpu().numpy()

    def mean(which: Sequence[int]) -> Estimate:
        shares = [of / of.sum(1, keepdim=True).clamp_min(1e-30) for of in (matrices[number] for number in which)]
        largest, best = torch.stack(shares).mean(0).max(1)
        hit = ((best == pairing.partner) & (largest > 0)).cpu().numpy().astype(float)
        return of_mean(np.bincount(sample, hit) / np.bincount(sample), drawn)

    return mean


_WORDS = {
    "probe": "The mean of the linear probes’ probabilities finds the class of {} of the images",
    "plan": "The mean of the plans sends most to the partner in {} of the rows",
}


def together_sentence(found: Together) -> str:
    """What all reach together, beside the best alone, in one computed sentence; empty where nothing can be said."""
    parts = []
    for name, gain in found.gains.items():
        text, gained = SAYS[name][0].rounded, gain.gain
        interval = ""
        if np.isfinite(gained.low):
            interval = f", 95 % interval {_points(gained.low)} to {_points(gained.high)}"
        parts.append(
            f"{_WORDS[name].format(text(gain.together.value))}, the best alone ({gain.best}) "
            f"{text(gain.alone[gain.best].value)}: {_points(gained.value)} percentage points{interval}."
        )
    return " ".join(parts)


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def correlation_sentence(found: Together, name: str, alike: str, words: str) -> str:
    """How gain and likeness of the pairs go together, of all pairs and of those that are about as good."""
    rho, fair = found.correlation(name, alike), found.correlation(name, alike, equal=True)
    count, equal = len(found.pairs), int((found.pairs[f"apart_{name}"] < EQUAL).sum())
    if np.isnan(rho):
        return f"{count} pair{'s' if count > 1 else ''}: too few, or too equal, for a rank correlation."
    sentence = f"{count} pairs, Spearman’s ρ of gain and {words} {_signed(rho)}"
    if np.isnan(fair):
        return f"{sentence}."
    less = "the more alike two are, the less they gain" if fair < 0 else "those more alike do not gain less"
    return (
        f"{sentence}; of the {equal} whose own numbers differ by less than {100 * EQUAL:.0f} points "
        f"{_signed(fair)}: {less}."
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
