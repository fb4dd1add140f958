"""A comparison as the lines of Python that compute the same numbers."""

from __future__ import annotations

import json

from gca_viz.encoders.uploads import recorded, title_of
from gca_viz.experiments.compare.candidates import Candidate
from gca_viz.experiments.compare.steps import CandidateResults
from gca_viz.experiments.plan.code import (
    LABELS_OF_ALL,
    beside_lines,
    domains_of_all,
    encode_lines,
    encoder_arguments,
    literal,
    python_code,
    queue_lines,
    step_code,
)
from gca_viz.experiments.plan.engine import context_of, keywords
from gca_viz.experiments.recipe.compare import ENCODERS


def compare_code(results: CandidateResults) -> str:
    """Code that ends with ``found``, equal to what the page shows."""
    recipe = results.recipe
    head, _, _ = python_code(recipe).partition("plan = gca_viz.align(")
    load = "encoder = gca_viz.load_encoder("
    views, _, _ = head.partition("z1, z2 = " if recorded(recipe.encoder.name) else load)
    second = "batch.indices"
    if load in head:
        second = "views.second_indices"
    lines = [views.rstrip() if results.kind == ENCODERS else head.rstrip()]
    method = results.candidates[0].method
    queue = method.columns_are == "queue"
    lines += beside_lines(recipe) if queue and results.kind == ENCODERS else []
    lines += [
        f"labels = {LABELS_OF_ALL if queue else 'batch.labels'}",
        f"domains = np.stack([batch.domains, batch.dataset.domains[{second}]])",
    ]
    if queue and "domains" in context_of(method):
        lines.append(f"all_domains = {domains_of_all('domains', second)}")
    lines.append("candidates = {}")
    if results.kind == ENCODERS:
        lines += _steps(results) if recorded(results.candidates[0].encoder.name) else _encoders(results)
    else:
        lines += [
            f"candidates[{_quoted(candidate.label)}] = z1, z2, {_align(candidate, '')}"
            for candidate in results.candidates
        ]
    lines.append("found = gca_viz.compare(candidates, labels, domains)")
    lines.append("found.table, found.cka, found.cka_within, found.overlap, found.shared_mass")
    lines.append("found.together.gains, found.together.pairs, found.rules, found.changes")
    return "\n".join(lines) + "\n"


def _encoders(results: CandidateResults) -> list[str]:
    """The lines that embed the views with every encoder."""
    plan = _align(results.candidates[0], "    ")
    return [
        "for name, encoder in {",
        *(
            f"    {_quoted(candidate.label)}: gca_viz.load_encoder({encoder_arguments(candidate.encoder)}),"
            for candidate in results.candidates
        ),
        "}.items():",
        *(f"    {line}" for line in encode_lines(results.recipe)),
        *(
            f"    {line}"
            for line in queue_lines(results.recipe)
            if results.candidates[0].method.columns_are == "queue"
        ),
        f"    candidates[name] = z1, z2, {plan}",
    ]


def _steps(results: CandidateResults) -> list[str]:
    """The lines that read what a training wrote down at every step."""
    steps = [title_of(candidate.encoder.name) for candidate in results.candidates]
    return [
        f"for name in {steps!r}:  # your files",
        f"    z1, z2 = {step_code('name')}",
        *["    queue = read_embeddings(Path(name))[0].embeddings[1][beside.indices]"]
        * (results.candidates[0].method.columns_are == "queue"),
        f"    candidates[name] = z1, z2, {_align(results.candidates[0], '    ')}",
    ]


def _align(candidate: Candidate, indent: str) -> str:
    method = candidate.method
    arguments = {name: literal(value) for name, value in keywords(method).items()}
    arguments |= {name: name for name in context_of(method) if name != "variance"}
    if method.columns_are == "queue":
        arguments |= {"queue": "queue"} | ({"domains": "all_domains"} if "domains" in arguments else {})
    settings = "".join(f",\n{indent}    {name}={value}" for name, value in arguments.items())
    return f"gca_viz.align(\n{indent}    z1, z2, {_quoted(method.name)}{settings}\n{indent})"


def _quoted(text: str) -> str:
    """A string literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)
