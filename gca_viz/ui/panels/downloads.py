"""Everything on the page as files."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from gca_viz.figures.convergence import convergence
from gca_viz.transport import Plan
from gca_viz.ui.panels.numbers import numbers_table
from gca_viz.ui.panels.result import Result


def downloads(result: Result) -> None:
    """Offer plans, numbers, convergence and recipe; files are made when they are asked for."""
    st.caption(f"Plans and numbers at half step {result.step}. Each matrix has its own PNG button above.")
    with st.container(horizontal=True):
        for name, plan in result.names.items():
            file_button(
                f"Plan {name} (CSV)", lambda plan=plan: plan_csv(result, plan), f"plan-{name}.csv", "text/csv"
            )
        file_button("Everything (NPZ)", lambda: everything_npz(result), "alignment.npz", "application/octet-stream")
        file_button("Numbers (CSV)", lambda: numbers_table(result).to_csv(), "numbers.csv", "text/csv")
        file_button("Convergence (CSV)", lambda: convergence_csv(result), "convergence.csv", "text/csv")
        file_button("Convergence (HTML)", lambda: convergence_html(result), "convergence.html", "text/html")
        file_button("Recipe (JSON)", result.recipe.to_json, "recipe.json", "application/json")


def file_button(label: str, make: Callable[[], str | bytes], name: str, mime: str) -> None:
    """A button for a file that is made when it is asked for."""
    st.download_button(label, make, name, mime, icon=":material/download:", on_click="ignore", key=f"file-{name}")


def plan_csv(result: Result, plan: Plan) -> str:
    """The plan on screen as a table, named rows and columns."""
    names, pairing = result.batch.names, plan.pairing
    rows, columns = (
        [f"{index}: {names[sample]}" for index, sample in enumerate(samples.tolist())]
        for samples in (pairing.row_sample, pairing.column_sample)
    )
    return pd.DataFrame(result.shown(plan).matrix.cpu().numpy(), rows, columns).to_csv(float_format="%.6g")


def everything_npz(result: Result) -> bytes:
    """Cost, potentials of every half step, plans, targets, images' numbers, labels and domains, as NumPy arrays."""
    arrays = {
        "cost": result.plan.cost.cpu().numpy(),
        "dataset_indices": np.asarray(result.batch.indices),
        "labels": result.batch.labels,
        "domains": result.domains,
        "partner": result.plan.pairing.partner.cpu().numpy(),
    }
    for name, plan in result.names.items():
        arrays[f"{name}_plan"] = result.shown(plan).matrix.cpu().numpy()
        arrays[f"{name}_target"] = plan.target.cpu().numpy()
        for number, part in enumerate(plan.parts):
            suffix = f"_{number}" if len(plan.parts) > 1 else ""
            f, g = part.potentials
            arrays[f"{name}_f{suffix}"], arrays[f"{name}_g{suffix}"] = f.cpu().numpy(), g.cpu().numpy()
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def convergence_csv(result: Result) -> str:
    """Loss, dual objective and residual of every half step of every plan."""
    tables = []
    for name, plan in result.names.items():
        for number, part in enumerate(plan.parts):
            trace = part.trace
            tables.append(
                pd.DataFrame(
                    {
                        "method": name,
                        "part": number,
                        "half_step": range(len(trace)),
                        "side": trace.sides,
                        "kl": trace.kl.cpu(),
                        "dual": trace.dual.cpu(),
                        "row_residual": trace.row_residual.cpu(),
                        "column_residual": trace.column_residual.cpu(),
                    }
                )
            )
    return pd.concat(tables).to_csv(index=False, float_format="%.8g")


def convergence_html(result: Result) -> str:
    """The convergence figure as one file that asks no server for anything."""
    figure = convergence(result.names, step=result.step)
    return figure.to_html(include_plotlyjs=True, config={"showSendToCloud": False, "displaylogo": False})
