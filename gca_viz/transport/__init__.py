"""The mathematics: embeddings → cost → problem → plan → loss. Torch only; knows no images, files or screen."""

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.transport.alignment import align
    from gca_viz.transport.force import Forces, forces
    from gca_viz.transport.kernels import KERNELS
    from gca_viz.transport.method import Method
    from gca_viz.transport.methods import METHODS, find_method
    from gca_viz.transport.options import LAYOUTS, TARGETS
    from gca_viz.transport.plans.calibrate import calibration
    from gca_viz.transport.plans.calibration import Calibration
    from gca_viz.transport.plans.diagnostics import CONVERGED, ITERATION_LIMIT, REGIMES, Diagnostics
    from gca_viz.transport.plans.divergence import (
        BCE,
        DIVERGENCES,
        KL,
        L2,
        RINCE,
        Divergence,
        KLPlusRINCE,
        KLPlusUniformity,
        Odds,
        ReverseKL,
    )
    from gca_viz.transport.plans.ensemble import Ensemble, ensemble
    from gca_viz.transport.plans.plan import MeanPlan, Plan, ScaledPlan
    from gca_viz.transport.plans.readings import READINGS, Reading
    from gca_viz.transport.plans.trace import Trace
    from gca_viz.transport.problem.cost import cosine_cost, joint_cost
    from gca_viz.transport.problem.pairing import Pairing
    from gca_viz.transport.problem.problem import Problem
    from gca_viz.transport.problem.seen_targets import relation_target
    from gca_viz.transport.problem.target import (
        domain_target,
        label_target,
        partner_target,
        self_sharpened_target,
    )
    from gca_viz.transport.sets import set_distance, transfer
    from gca_viz.transport.solvers.solver import solve
    from gca_viz.transport.streaming import (
        LocalShards,
        Partners,
        RankShards,
        Shards,
        StreamedPlan,
        align_streamed,
    )
    from gca_viz.transport.streaming.sample import Estimate, SampledPlan, sample_plan
    from gca_viz.transport.swav import codes
    from gca_viz.transport.sweeps.sweep import Sweep, constraint_square, partial_sweeps, sweep

__getattr__, __dir__ = public_names(
    __name__,
    {
        "gca_viz.transport.alignment": ("align",),
        "gca_viz.transport.problem.cost": ("cosine_cost", "joint_cost"),
        "gca_viz.transport.plans.divergence": (
            "BCE",
            "DIVERGENCES",
            "KL",
            "L2",
            "RINCE",
            "Divergence",
            "KLPlusRINCE",
            "KLPlusUniformity",
            "Odds",
            "ReverseKL",
        ),
        "gca_viz.transport.force": ("Forces", "forces"),
        "gca_viz.transport.kernels": ("KERNELS",),
        "gca_viz.transport.method": ("Method",),
        "gca_viz.transport.methods": ("METHODS", "find_method"),
        "gca_viz.transport.problem.pairing": ("Pairing",),
        "gca_viz.transport.options": ("LAYOUTS", "TARGETS"),
        "gca_viz.transport.plans.calibrate": ("calibration",),
        "gca_viz.transport.plans.calibration": ("Calibration",),
        "gca_viz.transport.plans.ensemble": ("Ensemble", "ensemble"),
        "gca_viz.transport.plans.plan": ("MeanPlan", "Plan", "ScaledPlan"),
        "gca_viz.transport.problem.problem": ("Problem",),
        "gca_viz.transport.plans.readings": ("READINGS", "Reading"),
        "gca_viz.transport.plans.diagnostics": ("CONVERGED", "ITERATION_LIMIT", "REGIMES", "Diagnostics"),
        "gca_viz.transport.swav": ("codes",),
        "gca_viz.transport.sets": ("set_distance", "transfer"),
        "gca_viz.transport.solvers.solver": ("solve",),
        "gca_viz.transport.streaming": (
            "LocalShards",
            "Partners",
            "RankShards",
            "Shards",
            "StreamedPlan",
            "align_streamed",
        ),
        "gca_viz.transport.streaming.sample": ("Estimate", "SampledPlan", "sample_plan"),
        "gca_viz.transport.sweeps.sweep": ("Sweep", "constraint_square", "partial_sweeps", "sweep"),
        "gca_viz.transport.problem.seen_targets": ("relation_target",),
        "gca_viz.transport.problem.target": (
            "domain_target",
            "label_target",
            "partner_target",
            "self_sharpened_target",
        ),
        "gca_viz.transport.plans.trace": ("Trace",),
    },
)

__all__ = [
    "BCE",
    "CONVERGED",
    "DIVERGENCES",
    "ITERATION_LIMIT",
    "KERNELS",
    "KL",
    "L2",
    "LAYOUTS",
    "METHODS",
    "READINGS",
    "REGIMES",
    "RINCE",
    "TARGETS",
    "Calibration",
    "Diagnostics",
    "Divergence",
    "Ensemble",
    "Estimate",
    "Forces",
    "KLPlusRINCE",
    "KLPlusUniformity",
    "LocalShards",
    "MeanPlan",
    "Method",
    "Odds",
    "Pairing",
    "Partners",
    "Plan",
    "Problem",
    "RankShards",
    "Reading",
    "ReverseKL",
    "SampledPlan",
    "ScaledPlan",
    "Shards",
    "StreamedPlan",
    "Sweep",
    "Trace",
    "align",
    "align_streamed",
    "calibration",
    "codes",
    "constraint_square",
    "cosine_cost",
    "domain_target",
    "ensemble",
    "find_method",
    "forces",
    "joint_cost",
    "label_target",
    "partial_sweeps",
    "partner_target",
    "relation_target",
    "sample_plan",
    "self_sharpened_target",
    "set_distance",
    "solve",
    "sweep",
    "transfer",
]
