"""How a plan was computed, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

CONVERGED = "converged"
ITERATION_LIMIT = "iteration limit"
PASS_LIMIT = "pass limit"
PRECISION_LIMIT = "precision limit"

#: regime → what it does, for a page and for the documentation
REGIMES = {
    "kernel": "nothing is constrained, so the kernel is the plan",
    "scaling": "plain Sinkhorn on the kernel itself",
    "stabilised": "plain Sinkhorn on a kernel that has absorbed the potentials",
    "log": "plain Sinkhorn with logarithms of sums of exponentials",
    "newton": "plain Sinkhorn, then Newton steps by conjugate gradients on the same kernel",
    "symmetric": "averaged Sinkhorn steps with one potential for rows and columns",
    "sparse": "each row is the nearest point of a simplex, found by sorting",
    "streaming": "plain Sinkhorn over tiles of the kernel",
}
_USABLE = 0.01


@dataclass(frozen=True)
class Diagnostics:
    """What a solver did.

    Attributes:
        regime: a key of ``REGIMES``.
        why: why that regime, in one sentence.
        half_steps: plain Sinkhorn half steps taken; those before a change of regime, too.
        passes: how often the kernel was read; a plain iteration of two half steps reads it twice (streaming: once).
        row_marginal_error, column_marginal_error: share of the mass in the wrong row, in the wrong column, of what
            optimality asks.
        tol: the tolerance that their sum was compared with.
        stop_reason: ``"converged"``, ``"iteration limit"``, ``"pass limit"`` or ``"precision limit"``.
        warm: whether the search for the limit started from another plan's potentials.
        at_limit: whether the plan is the limit, and its gradient implicit; else it is that of the half steps taken.
        beyond: whether the plan lies beyond the plain half steps, found by a faster way.
    """

    regime: str
    why: str
    half_steps: int
    passes: int
    row_marginal_error: float
    column_marginal_error: float
    tol: float
    stop_reason: str
    warm: bool = False
    at_limit: bool = False
    beyond: bool = False

    @property
    def marginal_error(self) -> float:
        """Share of the mass in the wrong row or column."""
        return self.row_marginal_error + self.column_marginal_error

    @property
    def converged(self) -> bool:
        """Whether the marginal error is within tolerance."""
        return self.stop_reason == CONVERGED

    @property
    def usable(self) -> bool:
        """Whether at most 1 % of the mass is in the wrong place: more iterations would change little."""
        return self.converged or self.marginal_error <= _USABLE

    @property
    def remedy(self) -> str:
        """What to do about a plan that is not converged; empty for one that is."""
        return {
            CONVERGED: "",
            ITERATION_LIMIT: "Raise the iterations (infinity asks for the limit), or raise ε",
            PASS_LIMIT: "Raise ε, or accept a larger tolerance",
            PRECISION_LIMIT: "Use float64, or accept a larger tolerance: single precision has seven digits",
        }.get(self.stop_reason, "Solve with more iterations")

    def __str__(self) -> str:
        end = "" if self.converged else f". {self.remedy}"
        return (
            f"{self.stop_reason} ({self.regime}: {REGIMES[self.regime]}; {self.why}) after {self.half_steps} half "
            f"steps and {self.passes} passes over the kernel, marginal error {100 * self.marginal_error:.2g} % of "
            f"the mass{end}"
        )

    def at(self, half_steps: int, row_marginal_error: float, column_marginal_error: float) -> Diagnostics:
        """The diagnostics of an earlier half step of the same run."""
        return replace(
            self,
            half_steps=half_steps,
            row_marginal_error=row_marginal_error,
            column_marginal_error=column_marginal_error,
            at_limit=False,
            beyond=False,
            stop_reason=f"half step {half_steps} of {self.half_steps}",
        )


class Diagnosed:
    """What was solved, and can say how: a plan, held or streamed.

    Attributes:
        diagnostics: what the solver did.
    """

    diagnostics: Diagnostics

    @property
    def half_steps(self) -> int:
        """Half steps taken."""
        return self.diagnostics.half_steps

    @property
    def converged(self) -> bool:
        """Whether the marginals are within tolerance."""
        return self.diagnostics.converged

    @property
    def marginal_error(self) -> float:
        """Share of the mass in the wrong row or column."""
        return self.diagnostics.marginal_error

    @property
    def residual(self) -> float:
        """The marginal error, under its name in tables, links and earlier scripts."""
        return self.marginal_error

    @property
    def report(self) -> Diagnostics:
        """The diagnostics, under their name in earlier scripts."""
        return self.diagnostics

    @property
    def stop_reason(self) -> str:
        """Why the solver ended."""
        return self.diagnostics.stop_reason


def common_diagnostics(parts: Sequence[Diagnostics]) -> Diagnostics:
    """Those of the mean of several plans: the worst, with the half steps of the longest."""
    worst = max(parts, key=lambda part: (not part.converged, part.marginal_error))
    return replace(worst, half_steps=max(part.half_steps for part in parts))
