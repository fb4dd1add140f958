"""What Python says of a few numbers, for the tests of the browser's programs to compare with."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gca_viz import palette
from gca_viz.experiments.compare.result import compare_recipe
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.summary import moved_mass
from gca_viz.experiments.recipe.recipe import MethodRecipe, Recipe
from gca_viz.files.strict_json import strict_json
from gca_viz.settings.parameter import Parameter
from gca_viz.transport import METHODS, Plan, align
from gca_viz.transport.force import forces
from gca_viz.transport.kernels import KERNELS
from gca_viz.ui.elements.shared.wire import pack
from gca_viz.ui.elements.toy import defaults
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.pages.learn.lesson import Lesson, Settings
from gca_viz.ui.pages.learn.registry import LESSONS
from gca_viz.ui.parts.browser_plans import problem
from gca_viz.ui.parts.widgets import slider_stops
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.site.compared import compared_data
from gca_viz.ui.site.lesson import PAGES, lesson_data

#: method of the toy world → its own settings there, and as ``align`` names them
_METHODS = {
    "byol": ({}, {}),
    "ince": ({}, {}),
    "clip": ({}, {}),
    "gca-ince": ({}, {}),
    "gca-uot": ({"lambda": 0.3}, {"lambda1": 0.3, "lambda2": 0.3}),
    "rince": ({"q": 0.4, "lam": 0.05}, {"q": 0.4, "lam": 0.05}),
}


def write(folder: Path) -> None:
    """Write all fixtures into a folder, each under the name of the test that reads it."""
    rng = np.random.default_rng(0)
    _write_wire(folder, rng)
    contents = {
        "colour": _colours(),
        "model": _plans(rng),
        "slope": _forces(),
        "cut": _cut(),
        "maths": _problems(),
        "solver": _solved(),
        "lessons": _lessons(),
        "plans": _compared(),
    }
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(strict_json(content))


def _write_wire(folder: Path, rng: np.random.Generator) -> None:
    header = {"title": "α → ε, 3 × 5", "list": [1, None, "é"]}
    arrays = {
        "numbers": rng.normal(size=(3, 5)).astype("<f4"),
        "places": np.array([0, 7, 2**32 - 1], "<u4"),
        "bytes": np.arange(11, dtype="u1"),
        "none": np.zeros(0, "<f4"),
    }
    blob = pack(header, arrays)
    (folder / "wire.bin").write_bytes(blob.data)
    said = {"id": blob.id, "header": header, "arrays": {name: a.ravel().tolist() for name, a in arrays.items()}}
    (folder / "wire.json").write_text(json.dumps(said))


def _colours() -> dict[str, Any]:
    ramps = {"viridis": palette.VIRIDIS, "cividis": palette.CIVIDIS, "signedLight": palette.SIGNED}
    return {name: palette.shades(stops, 256).tolist() for name, stops in ramps.items()}


def _plans(rng: np.random.Generator) -> dict[str, Any]:
    """A batch with an order of its own, an excluded cell and a plan of two parts, by numpy."""
    n, epsilon = 7, 0.2
    cost = rng.uniform(0, 2, (n, n)).astype(np.float32)
    cost[2, 5] = np.inf
    f, g = (rng.normal(size=(2, 3, n)).astype(np.float32) / 5 for _ in range(2))
    order, partner = rng.permutation(n), rng.permutation(n)
    exponent = (f[..., :, None] + g[..., None, :] - cost) / epsilon
    plans = np.exp(exponent.astype(float)).mean(0)  # (half step, row, column)
    losses = [-np.mean([part[step][np.arange(n), partner] for part in exponent]) for step in range(3)]
    best = [np.mean(plan.argmax(1) == partner) for plan in plans]
    target = np.zeros((n, n), np.float32)
    target[np.arange(n), partner] = 1
    return {
        "n": n,
        "epsilon": epsilon,
        "cost": np.where(np.isinf(cost), -1, cost).ravel().tolist(),  # JSON knows no infinity
        "f": f.reshape(-1, n).tolist(),
        "g": g.reshape(-1, n).tolist(),
        "order": order.tolist(),
        "partner": partner.tolist(),
        "plans": plans[:, order][:, :, order].tolist(),
        "target": target[order][:, order].tolist(),
        "losses": [float(loss) for loss in losses],
        "top1": [float(share) for share in best],
    }


def _forces() -> list[dict[str, Any]]:
    """Cost, residual and force of a few points by every kernel, with a temperature per row, as Python has them."""
    generator = torch.Generator().manual_seed(2)
    z1, z2 = (torch.randn(5, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    epsilon = torch.linspace(0.1, 0.4, 5, dtype=torch.float64)
    found = []
    for name, numbers in {"gibbs": {}, "student": {"df": 2.5}, "simo": {}, "logistic": {"threshold": 0.6}}.items():
        plan = align(z1, z2, "ince", epsilon=epsilon, kernel=name, **numbers)
        matrices = {"cost": plan.cost, "residual": plan.residual_matrix, "force": plan.force}
        found.append(
            {"slope": {"name": name, **numbers}, "epsilons": epsilon.tolist()}
            | {what: values.ravel().tolist() for what, values in matrices.items()}
        )
    return found


def _cut() -> dict[str, Any]:
    """Cost, potentials and cells of a sparse plan whose rows have masses of their own."""
    generator = torch.Generator().manual_seed(3)
    z1, z2 = (torch.randn(6, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    plan = align(z1, z2, "sparse", epsilon=0.4, mu=torch.linspace(0.5, 1.5, 6))
    matrices = {"cost": plan.cost, "f": plan.f, "g": plan.g, "mass": plan.problem.mu, "plan": plan.matrix}
    return {"epsilon": 0.4} | {what: values.ravel().tolist() for what, values in matrices.items()}


def _problems() -> list[dict[str, Any]]:
    """Plan, loss and forces of a few points by each method of the toy world, as ``align`` has them."""
    generator = torch.Generator().manual_seed(1)
    z1, z2 = (
        torch.nn.functional.normalize(torch.randn(6, 3, generator=generator, dtype=torch.float64), dim=1)
        for _ in range(2)
    )
    domains = [0, 0, 0, 1, 1, 1]
    problems = []
    for method, (own, named) in _METHODS.items():
        for alpha, beta in ((0.0, 0.0), (0.3, 0.1)):
            target = {"target": "domain", "domains": domains, "alpha": alpha, "beta": beta} if alpha else {}
            plan = align(z1, z2, method, epsilon=0.15, tol=1e-12, **named, **target)
            problems.append(
                {
                    "settings": {**defaults(), "method": method, "eps": 0.15, "alpha": alpha, "beta": beta, **own},
                    "z1": z1.ravel().tolist(),
                    "z2": z2.ravel().tolist(),
                    "domains": domains,
                    "plan": plan.matrix.ravel().tolist(),
                    "loss": float(plan.loss),
                    "forces": forces(plan).pairs.ravel().tolist(),
                }
            )
    return problems


#: dials of a method that make other half steps, beside every method as it is
_DIALS = (
    {"name": "gca-uot", "lambda1": 0.5, "lambda2": 0.05},
    {"name": "gca-uot", "lambda1": math.inf, "lambda2": 0.0},
    {"name": "gca-ince", "kernel": "student", "df": 2.0},
    {"name": "gca-ince", "kernel": "simo"},
    {"name": "ince", "kernel": "logistic", "threshold": 0.8},
    {"name": "ince", "hold": "total"},
    {"name": "clip", "hold": "columns"},
    {"name": "gca-ince", "layout": "joint"},
)


def _solved() -> list[dict[str, Any]]:
    """Plans of a few points by each method that a browser solves, at several ε and iterations, of ``align``."""
    generator = torch.Generator().manual_seed(2)
    first = torch.randn(7, 4, generator=generator, dtype=torch.float64)
    second = first + 0.7 * torch.randn(7, 4, generator=generator, dtype=torch.float64)
    labels = [0, 0, 1, 1, 1, 2, 2]
    names = [
        {"name": name}
        for name, method in METHODS.items()
        if method.sample_by == "none"
        and not (method.weighs_negatives or method.sparse)
        and method.columns == "views"
    ]
    kernels = [{"name": "clip", "kernel": name} for name in KERNELS]  # so that the browser knows each
    found = []
    for epsilon, iterations in ((0.05, 10), (0.2, 1), (0.2, 40), (1.0, 3)):
        for own in (*names, *kernels, *_DIALS):
            method = MethodRecipe(epsilon=epsilon, iterations=iterations, **own)
            known = {"labels": labels} if engine.context_of(method) else {}
            plan = align(first, second, method.name, **engine.keywords(method), **known)
            found.append(_one_solved(method, plan) | {"name": f"{own}, ε {epsilon}, t {iterations}"})
    return found


def _one_solved(method: MethodRecipe, plan: Plan) -> dict[str, Any]:
    partner = plan.pairing.partner
    steps = sorted({0, plan.last_step // 2, plan.last_step})
    losses = [part.log_matrix.gather(1, partner[:, None]).mean() for part in plan.parts]
    return {
        "problem": problem(method),
        "settings": {
            Recipe.key_of(parameter): repr(getattr(method, parameter.name)) for parameter in method.parameters
        },
        "n": len(partner),
        "cost": [-1 if math.isinf(value) else value for value in plan.cost.ravel().tolist()],  # JSON: no infinity
        "partner": partner.tolist(),
        "last": plan.last_step,
        "plans": {step: plan.at(step).matrix.ravel().tolist() for step in steps},
        "loss": -float(torch.stack(losses).mean()),
        "top1": float(plan.top1_rows),
    }


def _compared() -> dict[str, Any]:
    """Candidates of a few samples, and what the app says of each, also at other numbers than the page's."""
    recipe = Recipe().with_values(n=12, vs="none", method="gca-uot", encoders=("ince", "gca-ince"))
    cases = []
    for values in ({}, {"eps": 0.4, "iterations": 3, "lambda1": 1.0}):
        plans = list(compare_recipe(recipe.with_values(**values)).names.values())
        numbers = [[float(plan.loss), float(plan.top1_rows), moved_mass(plan, plans[0])] for plan in plans]
        cases.append({"settings": {name: repr(value) for name, value in values.items()}, "numbers": numbers})
    found = compare_recipe(recipe)
    result = Compared.beside(PageResult.of(recipe), found.compared)
    return {"data": compared_data(result), "cases": cases}


def _lessons() -> list[dict[str, Any]]:
    """Every lesson that has a page, and what the app says in it at many settings."""
    return [
        {"data": lesson_data(LESSONS[name]), "asked": _asked(LESSONS[name]), "cases": _said_in(LESSONS[name])}
        for name in sorted(PAGES)
    ]


def _asked(lesson: Lesson) -> list[str]:
    """The names of all numbers in a lesson's words."""
    return sorted(set(re.findall(r"\[\[([a-z0-9_]+)\]\]", repr(lesson.text))))


def _said_in(lesson: Lesson) -> list[dict[str, Any]]:
    values = [
        slider_stops(spec, spec.default)[::8] if isinstance(spec, Parameter) else spec.options
        for spec in lesson.controls
    ]
    found = []
    for number, chosen in enumerate(itertools.product(*values)):
        pick = (number % 10, 3) if number % 3 else None
        said = dict(zip((spec.name for spec in lesson.controls), chosen, strict=True))
        shown = lesson.show(Settings(said, pick))
        texts = {name: value if isinstance(value, str) else repr(value) for name, value in said.items()}
        cell = {} if pick is None else {"i": str(pick[0]), "j": str(pick[1])}
        found.append({"settings": texts | cell, "facts": shown.facts, "right": shown.right, "cells": shown.cells})
    return found
