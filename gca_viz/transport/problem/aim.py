"""The target that somebody asks for: a name with its options or a matrix, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.options import (
    OF_PROTOTYPES,
    TARGET_NEEDS,
    TARGET_OPTIONS,
    TARGETS,
    options_of,
    target_name,
    targets_of,
)
from gca_viz.transport.problem.clusters import clusters_of
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.problem.seen_targets import relation_target, relaxed_label_target, without_partners
from gca_viz.transport.problem.target import (
    check_target,
    domain_target,
    label_target,
    self_sharpened_target,
    weighted,
)


@dataclass(frozen=True, eq=False)
class Aim:
    """Who should be matched with whom, as it was asked for.

    Attributes:
        target: a name in ``TARGETS``, or a matrix.
        options: what was given of ``labels``, ``domains``, ``alpha``, …; only what this target takes.
    """

    target: Any
    options: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        target: Any,
        given: Mapping[str, Any],
        *,
        keep_diagonal: bool | None = None,
        also: tuple[str, ...] = (),
    ) -> Aim:
        """The target of that name, or that matrix, with its options.

        Args:
            target: a name in ``TARGETS``, or a matrix; ``"label"`` with ``relax`` is ``"relaxed-label"``.
            given: name → value of what was given, options of targets among it; None is what was not.
            also: options that something else takes, too.
            keep_diagonal: retired.

        Raises:
            InputError: an unknown name, an option of another target, or labels or domains that are missing.
        """
        _check_retired(keep_diagonal)
        target = target_name(target)
        if isinstance(target, str) and target == "label" and given.get("relax") is not None:
            target = "relaxed-label"
        options = {name: given[name] for name in TARGET_OPTIONS if given.get(name) is not None}
        named = isinstance(target, str)
        if named and target not in TARGETS:
            raise InputError(
                f"target = {target!r}",
                f"a target is one of {', '.join(TARGETS)}, or a matrix of the shape of the plan",
                "Use target='partner' for the usual loss",
                parameter="target",
            )
        allowed = options_of(target)
        for name in [name for name in options if name not in allowed]:
            if name in also:
                del options[name]
            else:
                users = [known for known in TARGETS if name in options_of(known)]
                raise InputError(
                    f"{name} together with " + (f"the target {target!r}" if named else "a target matrix"),
                    f"{name} belongs to target={' or target='.join(map(repr, users))}",
                    f"Leave {name} out, or set target={users[0]!r}",
                    parameter=name,
                )
        needed = TARGET_NEEDS.get(target) if named else None
        if needed and needed not in options:
            raise InputError(
                f"target = {target!r} without {needed}",
                f"this target needs {needed}, one per sample",
                f"Pass {needed}=…, or use target='partner'",
                parameter=needed,
            )
        return cls(target, options)

    @property
    def is_partner(self) -> bool:
        """Whether it is the usual one, which the pairing knows without a matrix."""
        return isinstance(self.target, str) and self.target == "partner"

    @property
    def of_prototypes(self) -> bool:
        """Whether it shares rows out among prototypes."""
        return isinstance(self.target, str) and self.target in OF_PROTOTYPES

    def check_columns(self, columns: str, cost: str) -> None:
        """Whether the target goes with what the columns are, a name in ``COLUMNS``.

        Raises:
            InputError: a target of prototypes where there are none, or of partners where nobody has one.
        """
        if self.of_prototypes and (columns != "prototypes" or cost != "cosine"):
            what = f"the cost {cost!r}" if columns == "prototypes" else "columns that are no prototypes"
            raise InputError(
                f"target = {self.target!r} with {what}",
                "this target shares rows out among prototypes, by cosines",
                "Leave cost out" if columns == "prototypes" else "Use method='swav' or 'dino', or target='partner'",
                parameter="target",
            )
        fitting = targets_of(columns)
        if columns == "prototypes" and isinstance(self.target, str) and self.target not in fitting:
            raise InputError(
                f"target = {self.target!r} with prototypes",
                "prototypes are nobody's partner and have no class",
                f"Use target={' or target='.join(map(repr, fitting))}, or leave it out",
                parameter="target",
            )

    def check(self, pairing: Pairing) -> None:
        """Whether rows have the partners that the target asks for.

        Raises:
            InputError: two sets without pairs, and a target that shares mass between a partner and others.
        """
        if pairing.paired or self.is_partner or self.of_prototypes or not isinstance(self.target, str):
            return
        if self.target != "self-sharpened":
            raise InputError(
                f"target = {self.target!r} between two sets without pairs",
                "this target gives a part of each row to its partner",
                "Leave the target out, or give a matrix of mass",
                parameter="target",
            )

    def cost(self, cost: Tensor, pairing: Pairing) -> Tensor:
        """The cost of the plan: as it is, but for a relation, which forbids the pair's cell."""
        relation = isinstance(self.target, str) and self.target == "relation"
        return without_partners(cost, pairing) if relation and pairing.samples > 1 else cost

    def matrix(
        self, problem: Problem, pairing: Pairing, z1: Tensor, z2: Tensor, cost: str = "cosine"
    ) -> Tensor | None:
        """(N, M) the mass that should go where; None for the partners.

        A target of a name shares out what μ gives each row; a matrix is mass already, and taken as it is. A
        relation is one of the same ``cost``, a name in ``COSTS``.

        Raises:
            InputError: an option out of bounds, or a matrix that does not fit.
        """
        if self.is_partner:
            return None
        if not isinstance(self.target, str):
            return check_target(self.target, problem)
        dtype, options = problem.cost.dtype, self.options
        if self.target == "label":
            shares = label_target(pairing, **options, dtype=dtype)
        elif self.target == "relaxed-label":
            shares = relaxed_label_target(pairing, z1, z2, **options, dtype=dtype)
        elif self.target == "cluster":
            shares = label_target(pairing, clusters_of(z1, z2, pairing, **options), dtype=dtype)
        elif self.target == "domain":
            shares = domain_target(pairing, **options, dtype=dtype)
        elif self.target == "relation":
            shares = relation_target(pairing, z2, **options, cost=cost)
        else:
            shares = self_sharpened_target(problem, **options)
        return weighted(shares, problem)


def _check_retired(keep_diagonal: Any) -> None:
    """What scripts and cards of an earlier version may say: True is how it is now, False was wrong."""
    if keep_diagonal is not None and str(keep_diagonal).lower() not in ("true", "1", "1.0"):
        raise InputError(
            f"keep_diagonal = {keep_diagonal!r}",
            "it took the pair out of the target and left it in the plan, which pushed every pair apart",
            "Use target='relation', which takes the pair out of both, and leave keep_diagonal out",
            parameter="keep_diagonal",
        )
