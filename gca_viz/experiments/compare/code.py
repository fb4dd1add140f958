"""A comparison as the lines of Python that compute the same numbers."""

from __future__ import annotations

import json

from gca_viz.experiments.compare.candidates import Contender
from gca_viz.experiments.compare.steps import Lineup
from gca_viz.experiments.plan.code import encoder_arguments, literal, python_code
from gca_viz.experiments.plan.engine import keywords, target_context
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.views import VIEWS


def compare_code(lineup: Lineup) -> str:
    """Code that ends with ``found``, equal to what the page shows."""
    recipe = lineup.recipe
    head, _, _ = python_code(recipe).partition("plan = gca_viz.align(")
    load = "encoder = gca_viz.load_encoder("
    views, _, _ = head.partition(load)
    second = "batch.indices"
    if load in head:
        second = "views.second_indices"
    lines = [views.rstrip() if lineup.kind == ENCODERS else head.rstrip()]
    lines += [
        "labels = batch.labels",
        f"domains = np.stack([batch.domains, batch.dataset.domains[{second}]])",
        "contenders = {}",
    ]
    if lineup.kind == ENCODERS:
        encode = "encode_texts(views.texts)" if VIEWS[recipe.views.preset].words else "encode(views.second)"
        lines.append("for name, encoder in {")
        lines += [
            f"    {_quoted(contender.label)}: gca_viz.load_encoder({encoder_arguments(contender.encoder)}),"
            for contender in lineup.contenders
        ]
        plan = _align(lineup.contenders[0], "    ")
        lines += [
            "}.items():",
            f"    z1, z2 = encoder.encode(views.first), encoder.{encode}",
            f"    contenders[name] = z1, z2, {plan}",
        ]
    else:
        lines += [
            f"contenders[{_quoted(contender.label)}] = z1, z2, {_align(contender, '')}"
            for contender in lineup.contenders
        ]
    lines.append("found = gca_viz.compare(contenders, labels, domains)")
    lines.append("found.table, found.cka, found.overlap, found.shared_mass, found.changes")
    return "\n".join(lines) + "\n"


def _align(contender: Contender, indent: str) -> str:
    method = contender.method
    arguments = {name: literal(value) for name, value in keywords(method).items()}
    arguments |= {name: name for name in target_context(method.target)}
    settings = "".join(f",\n{indent}    {name}={value}" for name, value in arguments.items())
    return f"gca_viz.align(\n{indent}    z1, z2, {_quoted(method.name)}{settings}\n{indent})"


def _quoted(text: str) -> str:
    """A string literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)
