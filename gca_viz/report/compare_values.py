"""A comparison as plain values: what ``report.json`` and ``gca-viz compare --json`` hold."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import label_of
from gca_viz.experiments.compare.result import CompareResult


def compare_values(found: CompareResult, table: pd.DataFrame) -> dict[str, Any]:
    """A comparison for machines: who, the table with its verdicts, how alike all are, what they reach together."""
    results, together = found.compared, steps.together_of(found.compared)
    return {
        "headline": found.headline,
        "compared": results.kind,
        "contenders": [
            {
                "label": of.label,
                "encoder": label_of(of.encoder.name),
                "output": of.encoder.output,
                "method": of.method.name,
            }
            for of in results.candidates
        ],
        "a": results.pair[0].label,
        "b": results.pair[1].label,
        "half_step": found.step,
        "table": table.to_dict("records"),
        "alike": {name: of.to_numpy().tolist() for name, of in steps.alike_of(results).items()},
        "together": {
            name: {
                "best": of.best,
                "value": of.together.value,
                "low": of.together.low,
                "high": of.together.high,
                "gain": of.gain.value,
                "gain_low": of.gain.low,
                "gain_high": of.gain.high,
                "of_pairs": together.pairs[f"gain_{name}"].tolist(),
            }
            for name, of in together.gains.items()
        },
        "rules": steps.rules_of(results).to_dict("list"),
        "course": steps.course_of(results).to_dict("records"),
        "notes": list(results.notes),
    }
