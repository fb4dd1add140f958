"""A temperature and a weight of each sample's own: from the size of its group, its views, or a perplexity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.kernels import KernelFunction
from gca_viz.transport.options import (
    SAMPLE,
    SAMPLE_BY,
    SAMPLE_NEEDS,
    SAMPLE_OPTIONS,
    SAMPLE_PARAMETERS,
    sample_options_of,
)
from gca_viz.transport.parameters import GAMMA, PERPLEXITY, WEIGHT
from gca_viz.transport.problem.checks import checked_epsilon
from gca_viz.transport.problem.clusters import clusters_of
from gca_viz.transport.problem.convert import as_vector
from gca_viz.transport.problem.cost import unit_rows
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.perplexity import epsilon_of_perplexity

#: least variance of a sample whose views are all alike
_LEAST_VARIANCE = 1e-4
#: a variance makes a sample's temperature at most so much higher or lower
_MOST_BY_VARIANCE = 16.0


@dataclass(frozen=True, eq=False)
class OwnOfSamples:
    """What gives each sample a temperature and a weight, as it was asked for.

    Attributes:
        by: a name in ``SAMPLE_BY``.
        options: what was given of ``labels``, ``variance``, ``gamma``, …; only what ``by`` takes.
    """

    by: str
    options: Mapping[str, Any]

    @classmethod
    def of(cls, by: str, given: Mapping[str, Any], taken_by_target: tuple[str, ...] = ()) -> OwnOfSamples:
        """What is asked for under that name, with its options.

        Args:
            by: a name in ``SAMPLE_BY``; a perplexity that is given says ``"perplexity"`` by itself.
            given: name → value of what was given, options of this among it; None is what was not.
            taken_by_target: options that the target takes, too.

        Raises:
            InputError: an unknown name, an option of another, labels that are missing, or weights beside those that
                were given.
        """
        if given.get("perplexity") is not None and by == SAMPLE.default:
            by = "perplexity"
        options = {name: given[name] for name in SAMPLE_OPTIONS if given.get(name) is not None}
        allowed = sample_options_of(SAMPLE.check(by))
        for name in options.keys() - set(allowed) - set(taken_by_target):
            users = [known for known in SAMPLE_BY if name in sample_options_of(known)]
            raise InputError(
                f"{name} together with sample_by = {by!r}",
                f"{name} belongs to sample_by={' or sample_by='.join(map(repr, users))}",
                f"Leave {name} out, or set sample_by={users[0]!r}",
                parameter=name,
            )
        needed = SAMPLE_NEEDS.get(by)
        if needed and needed not in options:
            raise InputError(
                f"sample_by = {by!r} without {needed}",
                f"this needs {needed}, one per sample",
                f"Pass {needed}=…, or use sample_by='cluster', which needs none",
                parameter=needed,
            )
        own = cls(by, {name: value for name, value in options.items() if name in allowed})
        for spec in SAMPLE_PARAMETERS.get(by, ()):
            own.number(spec.name)
        if own.number("weight") and (given.get("mu") is not None or given.get("nu") is not None):
            raise InputError(
                f"mu or nu together with sample_by = {by!r}",
                "it makes weights of its own",
                "Leave mu and nu out, or set weight=0",
                parameter="mu",
            )
        return own

    def check(self, pairing: Pairing) -> None:
        """Raise :class:`InputError` where rows have no partner, and this asks for one."""
        of_pairs = self.by == "cluster" or (self.by == "posterior" and "variance" not in self.options)
        if of_pairs and not pairing.paired:
            raise InputError(
                f"sample_by = {self.by!r} between two sets without pairs",
                "it asks for both views of a sample",
                "Use sample_by='none' or sample_by='perplexity'",
                parameter="sample_by",
            )

    def number(self, name: str) -> float:
        """γ or β, checked, or another number; 0 where there is none."""
        spec = next((spec for spec in SAMPLE_PARAMETERS.get(self.by, ()) if spec.name == name), None)
        return 0.0 if spec is None else float(spec.check(self.options.get(name, spec.default)))

    def epsilon(
        self, epsilon: Any, cost: Tensor, pairing: Pairing, kernel: KernelFunction, z1: Tensor, z2: Tensor
    ) -> Any:
        """ε, or (rows,) one of each row; what multiplies it is a constant to autograd.

        Args:
            epsilon: as :func:`gca_viz.transport.align` takes it.
            cost: (rows, columns).
            pairing, z1, z2: of the batch.
            kernel: of which rows have a perplexity.

        Raises:
            InputError: a value out of bounds, or of which there are as many as there are no samples.
        """
        if self.by == "perplexity":
            return epsilon_of_perplexity(self.number(PERPLEXITY.name), checked_epsilon(epsilon, cost), cost, kernel)
        gamma = 0.0 if self.by == SAMPLE.default else self.number(GAMMA.name)
        if gamma == 0:
            return epsilon
        sizes = self._variance(z1, z2, pairing) if self.by == "posterior" else self._sizes(z1, z2, pairing)[0]
        factor = relative(sizes) ** gamma
        if self.by == "posterior":
            factor = factor.clamp(1 / _MOST_BY_VARIANCE, _MOST_BY_VARIANCE)
        return epsilon if bool((factor == 1).all()) else checked_epsilon(epsilon, cost) * factor.to(cost)

    def marginals(self, mu: Any, nu: Any, pairing: Pairing, z1: Tensor, z2: Tensor) -> tuple[Any, Any]:
        """Marginals of rows and columns: what was given, or weights of mean 1 by the sizes of groups."""
        beta = 0.0 if self.by == SAMPLE.default else self.number(WEIGHT.name)
        if beta == 0:
            return mu, nu
        rows, columns = (relative(sizes) ** -beta for sizes in self._sizes(z1, z2, pairing))
        if bool((rows == 1).all() and (columns == 1).all()):
            return mu, nu
        total = len(rows)
        return rows * (total / rows.sum()), columns * (total / columns.sum())

    def _sizes(self, z1: Tensor, z2: Tensor, pairing: Pairing) -> tuple[Tensor, Tensor]:
        """(rows,), (columns,) how many of a side share the group of each; NaN where it has none."""
        if self.by == "cluster":
            values: Any = clusters_of(z1, z2, pairing, self.number("clusters"))
        else:
            values = self.options["labels"]
        rows, columns = (_counted(codes) for codes in pairing.spread(values, "labels"))
        return rows, columns

    def _variance(self, z1: Tensor, z2: Tensor, pairing: Pairing) -> Tensor:
        """(rows,) σ² of each row's sample: as given, or of the pair, half its cost."""
        given = self.options.get("variance")
        if given is None:
            first, second = unit_rows(z1.detach().double()), unit_rows(z2.detach().double())[pairing.second]
            values = (1 - (first * second).sum(1)) / 2
        else:
            values = as_vector(given, "variance").detach().double().to(z1.device)
            if values.shape != (pairing.samples,) or not bool((torch.isfinite(values) & (values >= 0)).all()):
                raise InputError(
                    f"variance of shape {tuple(values.shape)}"
                    + (" with values below 0 or not finite" if values.shape == (pairing.samples,) else ""),
                    f"it is one number ≥ 0 per sample, ({pairing.samples},)",
                    "Leave it out for that of the pair, half its cost",
                    parameter="variance",
                )
        return values.clamp_min(_LEAST_VARIANCE)[pairing.row_sample]


def relative(sizes: Tensor) -> Tensor:
    """Sizes over their geometric mean; what has no size (NaN) is as large as that. Equal sizes are 1 exactly."""
    known = ~torch.isnan(sizes)
    if not known.any() or bool((sizes[known] == sizes[known][0]).all()):
        return torch.ones_like(sizes)
    share = sizes / math.exp(float(sizes[known].log().mean()))
    return share.where(known, 1)


def _counted(codes: Tensor) -> Tensor:
    """How many have the same code, as float64; NaN for a code below 0, which means none."""
    _, place, counts = torch.unique(codes, return_inverse=True, return_counts=True)
    sizes: Tensor = counts[place].double()  # torch leaves unique() untyped
    return sizes.masked_fill(codes < 0, torch.nan)
