"""How a plan settles, half step by half step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from gca_viz.geometry.plan_parts import trace_of
from gca_viz.palette import FIRST, REFERENCE
from gca_viz.transport import KL, Plan, Trace
from gca_viz.transport.plans.plan import ScaledPlan
from gca_viz.transport.plans.sparse_plan import SparsePlan

FLOOR = 1e-9  # marginal errors below this are rounding and are drawn on the axis


def convergence(
    plans: Mapping[str, Plan], *, step: int | None = None, limits: dict[str, Plan] | None = None
) -> go.Figure:
    """Loss, dual objective and marginal error against the half step, for one or two plans.

    Args:
        plans: name → plan with a trace; the first is drawn in the accent colour.
        step: half step to mark, or None.
        limits: name → what the plan's iterations tend to, drawn as dotted lines.

    Returns:
        A figure with three panels that share the axis of half steps. KL of the target against the plan is drawn for
        every method, so that methods with other divergences can be compared; see mathematics, laws 1 and 3.
    """
    figure = make_subplots(
        1,
        3,
        subplot_titles=(
            "KL (nats per row)",
            "Dual (units of cost)",
            "Marginal error",
        ),
        horizontal_spacing=0.08,
    )
    for (name, plan), colour in zip(plans.items(), (FIRST, REFERENCE), strict=False):
        for part_number, part in enumerate(plan.parts):
            if isinstance(part, SparsePlan):  # found at once: there is no way to it
                continue
            trace = trace_of(part)
            label = name if len(plan.parts) == 1 else f"{name} ({('rows', 'columns')[part_number]})"
            values = (trace.kl, trace.dual, trace.marginal_error.clamp_min(FLOOR))
            for column, value in enumerate(values, start=1):
                figure.add_trace(
                    go.Scatter(
                        x=np.arange(len(trace), dtype=np.float32),
                        y=value.cpu().numpy().astype(np.float32),
                        name=label,
                        legendgroup=label,
                        showlegend=column == 1,
                        mode="lines+markers",
                        line={"color": colour, "width": 2, "dash": "dot" if part_number else "solid"},
                        marker={"size": 5},
                        hovertemplate="half step %{x}<br>%{y:.4g}<extra>" + label + "</extra>",
                    ),
                    row=1,
                    col=column,
                )
        limit = (limits or {}).get(name)
        if isinstance(limit, ScaledPlan) and plan.trace is not None and len(plan.parts) == 1:
            _draw_limit(figure, trace_of(plan), limit, colour)
    last = max(plan.half_steps for plan in plans.values())
    if step is not None:
        figure.add_vline(min(step, last), line_width=1, line_dash="dash", line_color=REFERENCE)
    figure.update_annotations(font_size=13)  # three titles fit side by side on a phone
    figure.update_xaxes(title_text="half step t", rangemode="tozero", dtick=max(1, round(last / 5)))
    figure.update_yaxes(type="log", exponentformat="power", row=1, col=3)
    figure.update_layout(
        height=300, margin={"l": 10, "r": 10, "t": 40, "b": 10}, legend={"orientation": "h", "y": -0.25}
    )
    return figure


def _draw_limit(figure: go.Figure, trace: Trace, limit: ScaledPlan, colour: str) -> None:
    """Lines at the divergence and the dual objective of the limit; its marginal error is zero."""
    kl = KL().per_row(limit, trace.target).sum() / limit.problem.total
    dual = limit.problem.dual(limit.log_u, limit.log_v, limit.mass - trace.mass[0])
    for column, value in ((1, kl), (2, dual)):
        figure.add_hline(float(value), line_width=1.5, line_dash="dot", line_color=colour, row=1, col=column)
