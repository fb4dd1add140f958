"""The page with its numbers beside it, as one archive."""

from __future__ import annotations

import io
import zipfile

from gca_viz.experiments.outcome import Outcome
from gca_viz.experiments.outcome_files import arrays, convergence_csv, npz, numbers_csv, plan_csv
from gca_viz.experiments.python_code import python_code


def bundle(outcome: Outcome, page: str, command: str) -> bytes:
    """A zip of the page, the tables behind its figures, the arrays, and what makes them again.

    Args:
        outcome: of which the page is.
        page: its HTML.
        command: the line that makes it again.
    """
    files = {
        "report.html": page,
        "numbers.csv": numbers_csv(outcome),
        "convergence.csv": convergence_csv(outcome),
        "alignment.npz": npz(arrays(outcome)),
        "recipe.json": outcome.recipe.to_json(),
        "recipe.py": python_code(outcome.recipe),
        "command.txt": f"{command}\n",
    } | {f"plan-{name}.csv": plan_csv(outcome, name) for name in outcome.names}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
