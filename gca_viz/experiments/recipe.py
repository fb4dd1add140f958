"""The one description of a run: a frozen tree that hashes, travels in a link and in JSON, and prints as Python."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from gca_viz.brought import is_own
from gca_viz.datasets import DATASETS, MODES, SPLITS, Selection
from gca_viz.encoders import OUTPUTS, bundled_encoders
from gca_viz.encoders.pretrained import PRETRAINED
from gca_viz.errors import InputError
from gca_viz.parameter import Choice, Parameter, Subset
from gca_viz.transport import LAYOUTS, METHODS, TARGETS
from gca_viz.transport.parameters import (
    ALPHA,
    BETA,
    EPSILON,
    ITERATIONS,
    LAM,
    LAMBDA1,
    LAMBDA2,
    R1,
    R2,
    SHARE,
    TARGET_TEMPERATURE,
    UNIFORMITY,
    Q,
)
from gca_viz.views import STRENGTH, VIEWS

VERSION = 1
AUTO = "auto"
NOTHING = "none"
FIXED_SHARE = "fixed share"

DATASET = Choice("dataset", "Data", tuple(DATASETS), "emoji", "Where the images come from.", accepts=is_own)
SPLIT = Choice("split", "Split", SPLITS, "held-out", "Held-out families were never seen in training.")
MODE = Choice(
    "mode", "Batch by", MODES, "balanced", "How the images of the batch are chosen; 'hand' takes the listed images."
)
SIZE = Parameter("size", "N", "Batch size", 128, 1, 2048, 8, 512, "log", integer=True, help="Images in the batch.")
SEED = Parameter(
    "seed", "", "Batch seed", 0, 0, 2**31 - 1, 0, 99, integer=True, help="Another seed, another batch."
)
VIEW_SEED = replace(SEED, name="view_seed", label="View seed", help="Another seed, other random views.")
CLASSES = Subset("classes", "Classes", "Keep only these classes; none means all.")
DOMAINS = Subset("domains", "Domains", "Keep only these domains; none means all.")
INDICES = Subset("indices", "Images by hand", "Numbers of the images, with commas between.", kind=int)
# A page that computes for minutes helps nobody; Python has no such bound.
SHOWN_ITERATIONS = replace(ITERATIONS, maximum=500)
PRESET = Choice("views", "Views", tuple(VIEWS), "simclr", "How the two views of each image are made.")
ENCODER = Choice(
    "encoder",
    "Encoder",
    (*bundled_encoders(), *PRETRAINED),
    "ince",
    "Which pretrained network embeds the views.",
    accepts=is_own,
)
OUTPUT = Choice(
    "output",
    "Embedding",
    OUTPUTS,
    "projector",
    "The projector's output is what the loss saw; the backbone feeds probes.",
)
METHOD = Choice("method", "Method", tuple(METHODS), "gca-ince", "Which constraints the plan must meet.")
REFERENCE = Choice(
    "reference", "Compared with", (NOTHING, *METHODS), "ince", "A second method on the same embeddings."
)
LAYOUT = Choice(
    "layout",
    "Layout",
    (AUTO, *LAYOUTS),
    AUTO,
    "cross: view 1 against view 2; joint: every view against every other.",
)
TARGET = Choice("target", "Target", (AUTO, *TARGETS), AUTO, "Who should be matched with whom.")
PRIOR = Choice(
    "prior",
    "Domain prior",
    ("paper", FIXED_SHARE),
    "paper",
    "paper: α and β are weights beside the pair's 1; fixed share: the pair keeps a share, α and β divide the rest.",
)
PANELS = Subset(
    "panels",
    "Pictures",
    "Matrices side by side: cost $C = 1 - \\cos$, kernel $K = e^{-C/\\varepsilon}$, the plan "
    "$P_{ij} = u_i K_{ij} v_j$ of the method and of the one it is compared with, their difference, the target $T$ "
    "(who should be matched), and the residual $T - P$, which is the force: teal pulls a pair together, magenta "
    "pushes it apart.",
    ("cost", "kernel", "reference", "plan", "difference", "target", "residual"),
    ("reference", "plan", "difference"),
)
ORDER = Choice(
    "order", "Order by", ("class", "domain", "identity", "index"), "class", "How rows and columns are sorted."
)
SCALE = Choice("scale", "Colour", ("linear", "log"), "log", "Linear shows the winners, log the small masses too.")
STEP = Parameter(
    "step", "t", "Half step", -1, -1, 1000, -1, 20, integer=True, help="Half step that is drawn; -1 is the last."
)
ROW = Parameter("row", "i", "Row", -1, -1, 4095, -1, 127, integer=True, help="Picked row; -1 is none.")
COLUMN = Parameter("column", "j", "Column", -1, -1, 4095, -1, 127, integer=True, help="Picked column; -1 is none.")
GROUP = Subset("group", "Group", "Numbers of chosen samples of the batch, with commas between.", kind=int)

Spec = Parameter | Choice | Subset


def _described(spec: Spec, key: str) -> Any:
    """A field with its description and its name in a link; default and check come from the description."""
    return field(default=spec.default, metadata={"spec": spec, "key": key})


@dataclass(frozen=True)
class Checked:
    """Checks every described field when it is made."""

    def __post_init__(self) -> None:
        for item in fields(self):
            if "spec" in item.metadata:
                object.__setattr__(self, item.name, item.metadata["spec"].check(getattr(self, item.name)))


@dataclass(frozen=True)
class DataRecipe(Checked):
    """Which batch."""

    dataset: str = _described(DATASET, "data")
    split: str = _described(SPLIT, "split")
    mode: str = _described(MODE, "by")
    size: int = _described(SIZE, "n")
    seed: int = _described(SEED, "seed")
    classes: tuple[str, ...] = _described(CLASSES, "classes")
    domains: tuple[str, ...] = _described(DOMAINS, "domains")
    indices: tuple[int, ...] = _described(INDICES, "images")

    @property
    def selection(self) -> Selection:
        """The part that :func:`gca_viz.datasets.pick` reads."""
        return Selection(
            mode=self.mode,
            size=self.size,
            seed=self.seed,
            split=self.split,
            classes=self.classes,
            domains=self.domains,
            indices=self.indices,
        )


@dataclass(frozen=True)
class ViewsRecipe(Checked):
    """Which two views of it."""

    preset: str = _described(PRESET, "views")
    strength: float = _described(STRENGTH, "strength")
    seed: int = _described(VIEW_SEED, "viewseed")


@dataclass(frozen=True)
class EncoderRecipe(Checked):
    """Which network embeds them."""

    name: str = _described(ENCODER, "encoder")
    output: str = _described(OUTPUT, "output")


@dataclass(frozen=True)
class MethodRecipe(Checked):
    """Which plan, and which one beside it. A method takes the parameters that it knows and ignores the others."""

    name: str = _described(METHOD, "method")
    reference: str = _described(REFERENCE, "vs")
    epsilon: float = _described(EPSILON, "eps")
    iterations: int = _described(SHOWN_ITERATIONS, "iterations")
    lambda1: float = _described(LAMBDA1, "lambda1")
    lambda2: float = _described(LAMBDA2, "lambda2")
    q: float = _described(Q, "q")
    lam: float = _described(LAM, "lam")
    r1: float = _described(R1, "r1")
    r2: float = _described(R2, "r2")
    uniformity: float = _described(UNIFORMITY, "w")
    layout: str = _described(LAYOUT, "layout")
    target: str = _described(TARGET, "target")
    prior: str = _described(PRIOR, "prior")
    alpha: float = _described(ALPHA, "alpha")
    beta: float = _described(BETA, "beta")
    share: float = _described(SHARE, "share")
    target_temperature: float = _described(TARGET_TEMPERATURE, "teps")


@dataclass(frozen=True)
class DisplayRecipe(Checked):
    """How the result is looked at; nothing is computed again when it changes."""

    panels: tuple[str, ...] = _described(PANELS, "show")
    order: str = _described(ORDER, "order")
    scale: str = _described(SCALE, "scale")
    step: int = _described(STEP, "t")
    row: int = _described(ROW, "i")
    column: int = _described(COLUMN, "j")
    group: tuple[int, ...] = _described(GROUP, "group")


@dataclass(frozen=True)
class Recipe:
    """A whole run: data → views → encoder → method, and how it is looked at."""

    data: DataRecipe = DataRecipe()
    views: ViewsRecipe = ViewsRecipe()
    encoder: EncoderRecipe = EncoderRecipe()
    method: MethodRecipe = MethodRecipe()
    display: DisplayRecipe = DisplayRecipe()

    @staticmethod
    def link_names() -> tuple[str, ...]:
        """The names of all fields in a link, in the order of the tree."""
        return tuple(_BY_KEY)

    @staticmethod
    def spec(key: str) -> Spec:
        """The description of a field, by its name in a link."""
        return _BY_KEY[key][2]

    @staticmethod
    def key_of(parameter: Parameter) -> str:
        """The name in a link of a method's parameter."""
        return next(
            key for key, (part, _, spec) in _BY_KEY.items() if part == "method" and spec.name == parameter.name
        )

    def get(self, key: str) -> Any:
        """The value of a field by its name in a link."""
        part, name, _ = _BY_KEY[key]
        return getattr(getattr(self, part), name)

    def with_values(self, **values: Any) -> Recipe:
        """A copy in which fields, named as in a link, have other values; raises :class:`InputError`."""
        parts: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            if key not in _BY_KEY:
                raise InputError(f"{key!r}", f"a recipe knows {', '.join(_BY_KEY)}", "Correct the name")
            part, name, _ = _BY_KEY[key]
            parts.setdefault(part, {})[name] = value
        return replace(self, **{part: replace(getattr(self, part), **changes) for part, changes in parts.items()})

    def to_query(self) -> dict[str, str]:
        """The fields that differ from the default, as strings for a link."""
        default = Recipe()
        return {key: _text(self.get(key)) for key in _BY_KEY if self.get(key) != default.get(key)}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Recipe, list[InputError]]:
        """A recipe from a link, and what could not be read; unreadable values keep their default."""
        recipe, problems = cls(), []
        for key, text in query.items():
            if key in _BY_KEY:
                try:
                    recipe = recipe.with_values(**{key: _value(_BY_KEY[key][2], text)})
                except InputError as error:
                    problems.append(error)
        return recipe, problems

    def to_json(self) -> str:
        """All fields, with the version, as JSON (``Infinity`` written as ``"inf"``)."""
        return json.dumps({"version": VERSION} | {key: _text(self.get(key)) for key in _BY_KEY}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> tuple[Recipe, list[InputError]]:
        """The reverse of :meth:`to_json`; raises :class:`InputError` where the text is no recipe at all."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"a recipe that is no JSON ({error})", "JSON is needed", "Download it again"
            ) from error
        if not isinstance(values, dict) or values.pop("version", None) != VERSION:
            raise InputError(
                "a recipe of an unknown version",
                f"this program reads version {VERSION}",
                "Make the recipe again with this version",
            )
        return cls.from_query({key: str(value) for key, value in values.items()})


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    if isinstance(value, float):
        return "inf" if math.isinf(value) else repr(value).removesuffix(".0")
    return str(value)


def _value(spec: Spec, text: str) -> Any:
    if isinstance(spec, Subset):
        return tuple(item for item in text.split(",") if item)
    return text


_BY_KEY: dict[str, tuple[str, str, Spec]] = {
    item.metadata["key"]: (part.name, item.name, item.metadata["spec"])
    for part in fields(Recipe)
    for item in fields(part.default)
}
