"""The table of claims as HTML: on a phone each line is a card of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gca_viz.experiments.claims import Claim
from gca_viz.figures.claims import effect_of

_HEADS = ("No.", "Claim", "Verdict", "Effect (95 % interval)", "Trainings", "Command", "Workbench")


def table_of(numbered: Sequence[tuple[int, Claim]]) -> str:
    """The claims with the numbers by which they are called, a link to the workbench each."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    rows = "".join(_row(number, claim) for number, claim in numbered)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(number: int, claim: Claim) -> str:
    verdict = claim.verdict.replace(" ", "-")
    trainings = f"{claim.seeds} seed{'s' * (claim.seeds != 1)} a side, {claim.comparisons} comparisons"
    cells = (
        f"<td>{number}</td>",
        f'<th scope="row">{escape(claim.claim)}'
        f"<small>{escape(claim.data)}, {escape(claim.encoder)}; {escape(claim.source)}</small></th>",
        f'<td><span class="verdict {verdict}">{escape(claim.verdict)}</span></td>',
        f"<td>{escape(effect_of(claim))}<small>{escape(claim.unit)}</small></td>",
        f"<td>{trainings}</td>",
        f"<td><code>{escape(claim.command)}</code></td>",
        # Relative, as the app may be served below another address.
        f'<td><a href="./{escape(claim.link)}" aria-label="Open claim {number} in the workbench">'
        "Open in the workbench</a></td>",
    )
    return f"<tr>{''.join(cells)}</tr>"
