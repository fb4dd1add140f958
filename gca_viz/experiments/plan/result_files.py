"""An result as files: tables for people and programs, arrays for NumPy."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gca_viz.experiments.plan.result import PlanResult
from gca_viz.files.csv_cells import csv_of
from gca_viz.geometry.plan_parts import pairing_of, target_of, trace_of
from gca_viz.transport.plans.sparse_plan import SparsePlan


def numbers_csv(result: PlanResult) -> str:
    """The row of numbers, one line per method."""
    return csv_of(pd.DataFrame(result.readings).T.rename_axis("method"), index=True)


def plan_csv(result: PlanResult, name: str) -> str:
    """The plan of a method at the half step that is read, with named rows and columns."""
    plan = result.shown_plans[name]
    pairing = pairing_of(plan)
    rows, columns = (
        [
            f"{index}: {result.name(*of)}"
            for index, of in enumerate(zip(samples.tolist(), views.tolist(), strict=True))
        ]
        for samples, views in (
            (pairing.row_sample, pairing.row_view),
            (pairing.column_sample, pairing.column_view),
        )
    )
    return csv_of(pd.DataFrame(plan.matrix.cpu().numpy(), rows, columns), index=True, number="%.6g")


def convergence_csv(result: PlanResult) -> str:
    """Divergence, dual objective and residuals of every half step of every plan."""
    tables = [
        pd.DataFrame(
            {
                "method": name,
                "part": number,
                "half_step": range(len(trace_of(part))),
                "side": trace_of(part).steps,
                "kl": trace_of(part).kl.cpu(),
                "dual": trace_of(part).dual.cpu(),
                "row_residual": trace_of(part).row_marginal_error.cpu(),
                "column_residual": trace_of(part).column_marginal_error.cpu(),
            }
        )
        for name, plan in result.names.items()
        for number, part in enumerate(plan.parts)
        if not isinstance(part, SparsePlan)  # found at once: there is no way to it
    ]
    return csv_of(pd.concat(tables) if tables else pd.DataFrame({"method": []}))


def arrays(result: PlanResult) -> dict[str, np.ndarray]:
    """Cost, and of every method plan, target, marginals (``_row_mass``, ``_column_mass``) and potentials (``_f``,
    ``_g``; numbered where a method averages several plans), beside what the samples are."""
    found = {
        "cost": result.plan.cost.cpu().numpy(),
        "dataset_indices": np.asarray(result.batch.indices),
        "labels": result.batch.labels,
        "domains": result.domains,
        "partner": pairing_of(result.plan).partner.cpu().numpy(),
    }
    for name, plan in result.shown_plans.items():
        of_plan: dict[str, Any] = {"plan": plan.matrix, "row_mass": plan.row_mass, "column_mass": plan.column_mass}
        last = result.names[name]  # a plan of an earlier half step knows no other
        for number, part in enumerate(last.parts):
            suffix = f"_{number}" if len(last.parts) > 1 else ""
            of_plan |= dict(zip((f"f{suffix}", f"g{suffix}"), part.potentials, strict=True))
        of_plan["target"] = target_of(last)
        found |= {f"{name}_{what}": values.cpu().numpy() for what, values in of_plan.items()}
    return found


def npz(named: Mapping[str, Any]) -> bytes:
    """Arrays as one compressed file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **named)
    return buffer.getvalue()
