"""The public door: two views of a batch → the plan of a method, with its loss."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gca_viz.progress import ReportProgress
from gca_viz.transport.choices import Choices
from gca_viz.transport.memory import memory_for
from gca_viz.transport.parameters import EPSILON, HARDNESS, ITERATIONS, TOLERANCE
from gca_viz.transport.plans.divergence import Divergence
from gca_viz.transport.plans.plan import MeanPlan, Plan
from gca_viz.transport.problem.cost import pairwise_cost
from gca_viz.transport.problem.negatives import hard_negatives
from gca_viz.transport.problem.precision import in_full
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.problem.sides import sides, sides_of_prototypes
from gca_viz.transport.problem.target import weighted
from gca_viz.transport.solvers.solver import solve
from gca_viz.transport.solvers.sparse import check_size, solve_sparse
from gca_viz.transport.swav import assigned


def align(
    z1: Any,
    z2: Any,
    method: str = "gca-ince",
    *,
    epsilon: float | Tensor = EPSILON.default,
    iterations: float | None = ITERATIONS.default,
    tol: float = TOLERANCE.default,
    lambda1: float | None = None,
    lambda2: float | None = None,
    q: float | None = None,
    lam: float | None = None,
    r1: float | None = None,
    r2: float | None = None,
    uniformity: float | None = None,
    hardness: float | None = None,
    layout: str | None = None,
    partner: Any = None,
    paired: bool = True,
    queue: Any = None,
    prototypes: Any = None,
    mu: Any = None,
    nu: Any = None,
    target: Any = None,
    labels: Any = None,
    domains: Any = None,
    alpha: float | None = None,
    beta: float | None = None,
    share: float | None = None,
    target_temperature: float | None = None,
    relax: float | None = None,
    clusters: int | None = None,
    sample_by: str | None = None,
    gamma: float | None = None,
    weight: float | None = None,
    variance: Any = None,
    perplexity: float | None = None,
    keep_diagonal: bool | None = None,
    divergence: str | Divergence | None = None,
    kernel: str | None = None,
    df: float | None = None,
    threshold: float | None = None,
    cost: str | None = None,
    hold: str | None = None,
    trace: bool = True,
    start: Plan | tuple[Plan, Plan] | None = None,
    progress: ReportProgress | None = None,
) -> Plan:
    """Align two views of a batch: who is matched with whom under a method, and what its loss is.

    ``align(z1, z2, "ince").loss.backward()`` trains an encoder; gradients pass through every iteration.

    Args:
        z1, z2: (N, d) embeddings of the two views, torch or numpy floats; for cosines rows are normalised here.
            Half precision is computed in float32, and single precision in float64 below ε ≈ 2e-4. Row i of one is
            the partner of row i of the other, unless ``partner`` or ``paired`` says otherwise.
        method: a name in ``METHODS``.
        epsilon: temperature > 0: a number, or a tensor (0-d, or one value per row of the plan) that may be learnt.
        iterations: bound on full Sinkhorn iterations; None is 10, ``math.inf`` asks for their limit, found by the
            fastest way (``plan.diagnostics`` says which).
        tol: stop earlier at this share of mass in the wrong row or column.
        lambda1, lambda2: 0 … ∞, how strictly rows and columns hold their mass (``gca-uot``).
        q, lam: RINCE's robustness and weight of the negatives (``rince``, ``gca-rince``, ``gca-uot``).
        r1, r2: weights of KL and of RINCE (``gca-uot``).
        uniformity: weight of the penalty on uneven negatives (``iot-uni``).
        hardness: β ≥ 0, how much more near negatives weigh than far ones (``hcl``); 0 weighs all alike.
        layout: ``"cross"`` (N × N) or ``"joint"`` (2N × 2N); by default the method's first.
        partner: (N,) index in z2 of the partner of each row of z1, none of them twice; z2 may have more rows than
            z1 then, (M, d), and those that are nobody's partner are further columns.
        paired: False for two sets without pairs, (N, d) and (M, d), in the cross layout: the plan has no partners,
            and a loss only if ``target`` is a matrix.
        queue: (Q, d) embeddings that are further columns, nobody's partner, as MoCo's queue; the plan is
            N × (M + Q). In ``labels`` and ``domains`` their samples may follow those of the batch.
        prototypes: (K, d) directions that are the columns, as ``"swav"`` and ``"dino"`` ask for them; the plan is
            N × K, nobody has a partner, and the target comes from z2.
        mu, nu: marginals of rows and columns, one per row of the plan, or in the joint layout also one per
            sample; by default 1 each, and in the joint layout ν = μ. A row weighs as much as its μ in the loss.
        target: ``"partner"`` (or ``"identity"``), ``"label"``, ``"relaxed-label"``, ``"cluster"``, ``"domain"``,
            ``"relation"``, ``"self-sharpened"``, or with prototypes ``"codes"`` or ``"centred"``, each row of which
            carries its μ; or a matrix of mass, of the shape of the plan; by default the method's.
        labels: (N,) classes, for targets and ``sample_by`` that go by class.
        domains, alpha, beta, share: (N,) or per view (2, N) domains and the prior's weights, for
            ``target="domain"``.
        target_temperature: ε′ > 0, for the targets ``"relation"``, ``"self-sharpened"`` and ``"centred"``.
        relax: −1 ≤ κ ≤ 1, for ``target="label"``: those of the class with a cosine above κ leave the target.
        clusters: 2 … 32, no more than N, for ``target="cluster"`` and ``sample_by="cluster"``.
        sample_by: what gives each sample a temperature and a weight of its own, ``"none"``, ``"class"``,
            ``"cluster"``, ``"posterior"`` or ``"perplexity"``, in place of the method's.
        gamma: −1 ≤ γ ≤ 1: ε_i = ε·(n_i/geometric mean)^γ, n_i the size of the sample's group, or its variance.
        weight: 0 ≤ β ≤ 1: μ_i = ν_i ∝ n_i^(−β) of mean 1, in place of ``mu`` and ``nu``.
        variance: (N,) how far the views of each sample lie apart, for ``sample_by="posterior"``; by default half
            the cost of its pair.
        perplexity: 1 < π < columns: each row gets the ε at which its soft-max has it; one that cannot, as one of
            equal costs, keeps ``epsilon``.
        keep_diagonal: of scripts for ``target="relational"``, now ``"self-sharpened"``; it may only be True.
        divergence: ``"kl"``, ``"rince"``, ``"l2"``, ``"reverse-kl"``, ``"odds"``, ``"bce"`` or a divergence, in
            place of the method's.
        kernel: how a distance becomes a weight, ``"gibbs"``, ``"student"``, ``"simo"`` or ``"logistic"``, in place
            of the method's.
        df: degrees of freedom > 0 of ``kernel="student"``; infinity is Gibbs.
        threshold: cost at which ``kernel="logistic"`` is ½.
        cost: ``"cosine"``, or ``"euclid"`` for half the squared distance of embeddings as they are, in place of the
            method's.
        hold: who shares a unit of mass, ``"nothing"``, ``"cell"``, ``"total"``, ``"rows"``, ``"columns"`` or
            ``"both"``, in place of the method's constraints.
        trace: whether the plan keeps every half step (on the way to a limit, the first 100); training needs none.
        start: a plan of the same batch at other numbers, or two at different ε, to start the search for a limit
            from; it makes it faster and changes the answer by no more than ``tol``.
        progress: called with the share done and what is being done; may raise to cancel.

    Returns:
        The plan, always of torch tensors on the device of the inputs.

    Raises:
        InputError: anything that does not fit, with what came, what is allowed and what to do.

    Source: Chen et al., NeurIPS 2024, arXiv 2502.20141.
    """
    choices = Choices.of(locals())
    chosen, weigh, settings, layout = choices.method, choices.kernel, choices.settings, choices.layout
    aim, own, measure = choices.aim, choices.own, choices.divergence
    other: Tensor | None = None
    if chosen.columns == "prototypes":
        z1, z2, other, pairing = sides_of_prototypes(
            z1, z2, prototypes, method, layout, partner, paired=paired, queue=queue
        )
    else:
        z1, z2, pairing = sides(z1, z2, layout, partner, paired=paired, queue=queue)
    aim.check(pairing)
    own.check(pairing)
    if chosen.sparse:
        check_size(pairing)

    def problems_of(z1: Tensor, z2: Tensor) -> list[Problem]:
        costs = aim.cost(pairwise_cost(z1, z2, layout, chosen.cost), pairing)
        marginals = pairing.spread_marginals(*own.marginals(mu, nu, pairing, z1, z2), like=costs)
        one_total = chosen.hold == "total"
        epsilons = own.epsilon(epsilon, costs, pairing, weigh, z1, z2)
        hardness = settings.get(HARDNESS.name)
        weights = None if hardness is None else hard_negatives(hardness, costs, epsilons, weigh, pairing)
        return [
            Problem(costs, epsilons, *pair, *marginals, kernel=weigh, one_total=one_total, log_weights=weights)
            for pair in chosen.penalties(settings)
        ]

    with in_full(z1.device), memory_for(pairing.size, z1):
        problems = problems_of(z1, z2)
        if problems[0].cost.dtype != z1.dtype:  # a finer format, that the cosines deserve, too
            z1, z2 = z1.to(problems[0].cost), z2.to(problems[0].cost)
            problems = problems_of(z1, z2)
        if aim.of_prototypes and other is not None:
            given_target: Tensor | None = weighted(assigned(aim, other, z2).to(problems[0].cost), problems[0])
        else:
            given_target = aim.matrix(problems[0], pairing, z1, z2, chosen.cost)
        measure.check(problems[0])
        of_plan: dict[str, Any] = {
            "target": given_target,
            "divergence": measure,
            "pairing": pairing,
            "cost_name": chosen.cost,
        }
        if chosen.sparse:
            return solve_sparse(problems[0], **of_plan)
        parts = tuple(
            solve(
                problem,
                iterations=ITERATIONS.default if iterations is None else iterations,
                tol=tol,
                read_after=measure.read_after,
                trace=trace,
                start=start,
                progress=progress,
                **of_plan,
            )
            for problem in problems
        )
    return parts[0] if len(parts) == 1 else MeanPlan.of(*parts)
