"""What this project's data show of a loss: from the table of claims, or that nothing is shown here."""

from __future__ import annotations

from gca_viz.experiments.claims import Claim, claims

EXPERIMENT = "family"
#: with what each loss is compared
BESIDE = "ince"


def claims_of(name: str) -> tuple[Claim, ...]:
    """The comparisons of a loss with InfoNCE, and with what it departs from where its authors claim more."""
    return tuple(
        claim for claim in claims() if claim.experiment == EXPERIMENT and claim.claim.startswith(f"{name} is ")
    )


def evidence_of(name: str) -> str:
    """One sentence with effect and interval of each comparison; ``"not shown here"`` where none was made."""
    found = claims_of(name)
    if not found:
        return "not shown here."
    return "; ".join(_sentence(claim) for claim in found) + "."


def _sentence(claim: Claim) -> str:
    if claim.unit == "cosine":  # no share of anything
        return f"{claim.claim}: {claim.verdict} (by {claim.effect:.3f}, {claim.low:.3f} to {claim.high:.3f})"
    return (
        f"{claim.claim}: {claim.verdict} "
        f"({100 * claim.effect:+.1f} points, {100 * claim.low:+.1f} to {100 * claim.high:+.1f})"
    )
