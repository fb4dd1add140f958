"""With hard constraints, half steps never raise the loss of the batch."""

from __future__ import annotations

from math import isinf

import numpy as np

from gca_viz.experiments.lessons import SMALL, lost_by_sample, plan_of, rises
from gca_viz.experiments.plan import engine
from gca_viz.ui.known import known
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.controls import penalty
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number
from gca_viz.ui.parts.widgets import number_text

_LAMBDA = penalty(
    "∞: each half step makes its sums exactly 1, as Sinkhorn does; smaller: it only moves them towards 1."
)

_MANY = 1 / 3
#: twenty half steps, each of which the picture shows
ITERATIONS = 10


def _show(settings: Settings) -> Shown:
    strict = settings["strict"]
    hard = isinf(strict)
    held = {} if hard else {"method": "gca-uot", "lambda1": strict, "lambda2": strict}
    recipe = SMALL.with_values(iterations=ITERATIONS, **held)
    plan, trace = plan_of(recipe), known(plan_of(recipe).trace)
    samples = np.stack([-plan.at(t).log_matrix.diagonal().cpu().numpy() for t in range(1, len(trace))])
    lost = lost_by_sample(plan, plan.last_step).cpu().numpy()
    risen, share = rises(trace.kl[1:]), float(lost.mean())
    worst = int((samples[-1] - samples[0]).argmax())
    names = engine.batch_of(recipe.data).names
    facts = {
        "lambda": number_text(strict),
        "first": number(trace.kl[1], 3),
        "second": number(trace.kl[2], 3),
        "third": number(trace.kl[3], 3),
        "last": number(trace.kl[-1], 3),
        "steps": str(len(trace) - 1),
        "rises": str(risen),
        "lost": str(int(lost.sum())),
        "n": str(len(lost)),
        "name": names[worst],
        "worst": str(worst),
        "worst_first": number(np.exp(-samples[0, worst])),
        "worst_last": number(np.exp(-samples[-1, worst])),
        "holds": "as the law says" if not risen else "**the law does not hold here**, for it asks for λ = ∞",
    }
    return Shown(
        lambda: figures.draw(
            figures.loss_by_half_step(trace.kl[1:].cpu().numpy(), samples, lost, names), "only-down"
        ),
        right="none" if not share else "many" if share >= _MANY else "few",
        facts=facts,
        recipe=recipe,
    )


LESSON = Lesson("only-down", (_LAMBDA,), _show)
