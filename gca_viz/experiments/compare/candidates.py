"""Who is compared: A, which is the recipe's own, and those that the recipe lays beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gca_viz.encoders import bundled_encoders, bundled_runs, outputs_of, reads_texts, uploads
from gca_viz.encoders.checkpoints.file_names import without_ending
from gca_viz.errors import InputError, listed
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.compare import ENCODERS, OWN_HOLD, SEVERAL_METHODS
from gca_viz.experiments.recipe.parts import ENCODER
from gca_viz.experiments.recipe.recipe import AUTO, EncoderRecipe, MethodRecipe, Recipe
from gca_viz.transport import METHODS
from gca_viz.uploads import is_upload
from gca_viz.views import VIEWS

MOST = 12


@dataclass(frozen=True)
class Candidate:
    """One of those that are compared.

    Attributes:
        name: of its encoder or method, as in a link.
        label: what tables and pictures call it, unlike any other of the comparison.
        encoder, method: what makes its embeddings and its plan.
    """

    name: str
    label: str
    encoder: EncoderRecipe
    method: MethodRecipe


@dataclass(frozen=True)
class Candidates:
    """Who is compared.

    Attributes:
        kind: ``"encoders"`` or ``"methods"``.
        members: A first, at most :data:`MOST`.
        notes: a sentence for each that had to stay out, and for what else gave way.
    """

    kind: str
    members: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()


def candidates_of(recipe: Recipe) -> Candidates:
    """Who is compared under a recipe; what cannot take part is told, and the others stay."""
    _check_columns(recipe.method)
    kind, notes = recipe.compare.against, []
    if kind == ENCODERS and _given(recipe) and not _is_step(recipe, recipe.encoder.name):
        kind = SEVERAL_METHODS
        notes.append(
            "The embeddings of this batch were given, so that no encoder runs: methods are compared instead. To "
            "compare encoders, choose images, or bring the embeddings of each encoder and use gca_viz.compare."
        )
    names = recipe.compare.encoders if kind == ENCODERS else recipe.compare.methods
    build = _encoder if kind == ENCODERS else _method
    own = recipe.encoder.name if kind == ENCODERS else recipe.method.name
    found, refused = [build(recipe, own)], {}
    for name in dict.fromkeys(name for name in names if name != own):
        try:
            found.append(build(recipe, name))
        except InputError as error:
            refused[label_of(name)] = error
    notes += left_out(refused)
    if len(found) > MOST:
        notes.append(f"{len(found)} are chosen: the first {MOST} are compared.")
    return Candidates(kind, tuple(_distinct(found[:MOST])), tuple(notes))


def run_of(recipe: Recipe, name: str) -> Candidates:
    """The epochs of a bundled run, in order, under the recipe's method."""
    _check_columns(recipe.method)
    epochs = tuple(bundled_runs().get(name, {}).values())
    return Candidates(ENCODERS, tuple(_encoder(recipe, epoch) for epoch in epochs[:MOST]))


def left_out(refused: Mapping[str, InputError]) -> list[str]:
    """A sentence for each reason why some are not compared: label → reason."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for label, error in refused.items():
        reasons.setdefault((error.allowed, error.remedy), []).append(label)
    return [
        f"Left out: {listed(labels)}. "
        + (str(refused[labels[0]]) if len(labels) == 1 else f"For all of these, {allowed}. {remedy}.")
        for (allowed, remedy), labels in reasons.items()
    ]


def label_of(name: str) -> str:
    """What an encoder or a method is called beside others: its short name, or the title of what a user uploaded."""
    if not is_upload(name):
        return name
    try:
        return without_ending(uploads.title_of(name)).removesuffix(".zip")
    except InputError:
        return "An upload of another session"


def title_of(name: str) -> str:
    """What an encoder is called in full."""
    run, _, epoch = name.partition("@")
    if epoch:
        return f"{title_of(run)}, epoch {epoch}"
    return str(bundled_encoders().get(name, {}).get("title", label_of(name)))


def _encoder(recipe: Recipe, name: str) -> Candidate:
    ENCODER.check(name)  # a link must not name a path on the server
    outputs = outputs_of(name)
    output = recipe.encoder.output if recipe.encoder.output in outputs else outputs[0]
    if VIEWS[recipe.views.preset].words and not reads_texts(name):
        raise InputError(
            f"{label_of(name)} for views of image and text",
            "both views are embedded by each encoder",
            "Choose other views, or encoders that read texts",
        )
    if _given(recipe) and not _is_step(recipe, name):
        raise InputError(
            f"{label_of(name)} beside embeddings that were written down",
            "no encoder embeds these samples; the steps of their own run are compared",
            "Choose steps of the same run",
        )
    own = recipe.encoder if name == recipe.encoder.name else EncoderRecipe(name, output)
    return Candidate(name, label_of(name), own, recipe.method.alone)


def _given(recipe: Recipe) -> bool:
    """Whether the batch has embeddings, which no encoder makes."""
    return engine.batch_of(recipe.data).embeddings is not None


def _is_step(recipe: Recipe, name: str) -> bool:
    """Whether a name is that of a step of a run, of which the batch is."""
    step = uploads.recorded(name)
    return step is not None and step.data == engine.batch_of(recipe.data).dataset.content_id


def _method(recipe: Recipe, name: str) -> Candidate:
    method = recipe.method
    layout = method.own_layout
    if layout not in METHODS[name].layouts:
        raise InputError(
            f"{name} beside {method.name}, which is in the {layout} layout",
            f"{name} exists in the layout {' or '.join(METHODS[name].layouts)} only",
            "Choose another method, or another layout in the sidebar",
        )
    own, columns = METHODS[name].columns, method.columns_are
    if own not in ("views", columns):
        raise InputError(
            f"{name} beside {method.name}",
            f"its columns are {own!r} and not {columns!r}, and plans are compared cell by cell",
            "Set the columns to 'queue' for all" if own == "queue" else "Look at it on the page Alignment",
        )
    columns = AUTO if own == columns else columns
    hold = AUTO if recipe.compare.others_hold == OWN_HOLD and name != method.name else method.hold
    composed = replace(method.alone, name=name, layout=layout, columns=columns, hold=hold)
    return Candidate(name, name, recipe.encoder, composed)


def _check_columns(method: MethodRecipe) -> None:
    if method.columns_are == "prototypes":
        own = METHODS[method.name].columns == "prototypes"
        raise InputError(
            f"a comparison under {method.name} whose columns are prototypes",
            "plans are compared cell by cell, and each encoder has prototypes of its own",
            "Choose a method whose columns are view 2, e.g. 'ince' or 'gca-ince'"
            if own
            else "Set the columns to 'views' or 'queue'",
            parameter="method" if own else "columns",
        )


def _distinct(candidates: list[Candidate]) -> Iterator[Candidate]:
    """Files may have one name: the second of them gets a number."""
    taken: set[str] = set()
    for candidate in candidates:
        label, number = candidate.label, 2
        while label in taken:
            label, number = f"{candidate.label} ({number})", number + 1
        taken.add(label)
        yield replace(candidate, label=label)
