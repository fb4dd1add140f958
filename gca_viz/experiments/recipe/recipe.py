"""The one description of a run: a frozen tree that hashes, travels in a link and in JSON, and prints as Python."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from gca_viz.errors import InputError
from gca_viz.experiments.recipe import versions as recipe_versions
from gca_viz.experiments.recipe.compare import CompareRecipe
from gca_viz.experiments.recipe.effects import EffectsRecipe
from gca_viz.experiments.recipe.field import AUTO, NOTHING
from gca_viz.experiments.recipe.geometry import GeometryRecipe
from gca_viz.experiments.recipe.method import FIXED_SHARE, MethodRecipe
from gca_viz.experiments.recipe.parts import DataRecipe, DisplayRecipe, EncoderRecipe, ViewsRecipe
from gca_viz.experiments.recipe.transfer import TransferRecipe
from gca_viz.settings.parameter import Parameter, Spec, Subset

__all__ = [
    "AUTO",
    "FIXED_SHARE",
    "NOTHING",
    "DataRecipe",
    "DisplayRecipe",
    "EncoderRecipe",
    "Inputs",
    "MethodRecipe",
    "Recipe",
    "ViewsRecipe",
]


@dataclass(frozen=True)
class Inputs:
    """What embeddings are made of: a batch, two views of it, and the network that reads both."""

    data: DataRecipe = DataRecipe()
    views: ViewsRecipe = ViewsRecipe()
    encoder: EncoderRecipe = EncoderRecipe()


@dataclass(frozen=True)
class Recipe:
    """A whole run: data → views → encoder → method, and how it is looked at."""

    data: DataRecipe = DataRecipe()
    views: ViewsRecipe = ViewsRecipe()
    encoder: EncoderRecipe = EncoderRecipe()
    method: MethodRecipe = MethodRecipe()
    display: DisplayRecipe = DisplayRecipe()
    geometry: GeometryRecipe = GeometryRecipe()
    effects: EffectsRecipe = EffectsRecipe()
    compare: CompareRecipe = CompareRecipe()
    transfer: TransferRecipe = TransferRecipe()

    @property
    def inputs(self) -> Inputs:
        """What its embeddings are made of."""
        return Inputs(self.data, self.views, self.encoder)

    @staticmethod
    def link_names() -> tuple[str, ...]:
        """The names of all fields in a link, in the order of the tree."""
        return tuple(_BY_KEY)

    @staticmethod
    def long_names() -> dict[str, str]:
        """What Python calls a field whose name in a link is shorter → that name; links and files may say either."""
        return dict(_LONG)

    @staticmethod
    def flag(key: str) -> str:
        """The flag of a field on the command line, by its name in a link."""
        return f"--{_BY_KEY[key][2].name.replace('_', '-')}"

    @staticmethod
    def spec(key: str) -> Spec:
        """The description of a field, by its name in a link."""
        return _BY_KEY[key][2]

    @staticmethod
    def key_of(parameter: Parameter) -> str:
        """The name in a link of a method's parameter."""
        return _OF_METHOD[parameter.name]

    def get(self, key: str) -> Any:
        """The value of a field by its name in a link."""
        part, name, _ = _BY_KEY[key]
        return getattr(getattr(self, part), name)

    def with_values(self, **values: Any) -> Recipe:
        """A copy in which fields, named as in a link or in Python, differ; raises :class:`InputError`."""
        parts: dict[str, dict[str, Any]] = {}
        for key, value in recipe_versions.todays_words(_short(values)).items():
            if key not in _BY_KEY:
                raise InputError(f"{key!r}", f"a recipe knows {', '.join(_BY_KEY)}", "Correct the name")
            part, name, _ = _BY_KEY[key]
            parts.setdefault(part, {})[name] = value
        return replace(self, **{part: replace(getattr(self, part), **changes) for part, changes in parts.items()})

    def with_texts(self, **texts: str) -> Recipe:
        """The same of values written as in a link or on the command line; raises :class:`InputError`."""
        return self.with_values(**{key: _value(_BY_KEY[key][2], text) for key, text in _short(texts).items()})

    def to_query(self) -> dict[str, str]:
        """The fields that differ from ``Recipe()``, which never changes, so that a link keeps its meaning."""
        default = Recipe()
        changed = {key: _text(self.get(key)) for key in _BY_KEY if self.get(key) != default.get(key)}
        return changed and changed | recipe_versions.mark()

    def to_address(self) -> dict[str, str]:
        """The same for the app's address, where saying nothing would open the first screen: the data at least."""
        return self.to_query() or {"data": self.data.dataset}

    @staticmethod
    def is_in(query: Mapping[str, str]) -> bool:
        """Whether an address says anything of a recipe; one that says nothing opens the first screen."""
        return not query.keys().isdisjoint({*_BY_KEY, *_LONG, recipe_versions.KEY})

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Recipe, list[InputError]]:
        """A recipe from a link, and what could not be read; unreadable values keep their default."""
        try:
            return cls._read(recipe_versions.current(_short(query)))
        except InputError as error:
            recipe, problems = cls._read(_short(query))  # what it says may still mean the same
            return recipe, [error, *problems]

    @classmethod
    def _read(cls, fields_of_today: Mapping[str, str]) -> tuple[Recipe, list[InputError]]:
        recipe, problems = cls(), []
        for key, text in fields_of_today.items():
            if key in _BY_KEY:
                try:
                    recipe = recipe.with_texts(**{key: text})
                except InputError as error:
                    problems.append(error)
        return recipe, problems

    def to_json(self) -> str:
        """All fields, with the version, as JSON (``Infinity`` written as ``"inf"``)."""
        version = {recipe_versions.KEY: recipe_versions.VERSION}
        return json.dumps(version | {key: _text(self.get(key)) for key in _BY_KEY}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> tuple[Recipe, list[InputError]]:
        """The reverse of :meth:`to_json`; raises :class:`InputError` where the text is no recipe at all."""
        return cls._read(recipe_versions.current(_short(texts_of_json(text)), unmarked=None))

    def to_flags(self, **instead: str) -> tuple[str, ...]:
        """The fields that differ from the default, as arguments of the command line: ``("--epsilon", "0.2")``.

        Args:
            instead: what to write for a field, named as in a link, in place of its value.
        """
        flags: list[str] = []
        for key, text in (self.to_query() | instead).items():
            if key in _BY_KEY:
                # A value that starts like a flag, or an empty one, has to hang on its own flag.
                flag = self.flag(key)
                flags += [f"{flag}={text}"] if text.startswith("-") or not text else [flag, text]
        return tuple(flags)


def texts_of_json(text: str) -> dict[str, str]:
    """The names and values of a recipe in JSON, as a link has them; raises :class:`InputError` where it is none."""
    if len(text) > _LONGEST_JSON:
        raise InputError(
            f"a recipe of {len(text):,} characters", f"at most {_LONGEST_JSON:,} are read", "Download it again"
        )
    try:
        # Numbers stay as they are written, so that all are read in one place.
        values = json.loads(text.removeprefix("\ufeff"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InputError(f"a recipe that is no JSON ({error})", "JSON is needed", "Download it again") from error
    if not isinstance(values, dict):
        raise InputError("a recipe that is a list or a value", "it is an object: name → value", "Download it again")
    return {key: _text_of_json(value) for key, value in values.items()}


def _text_of_json(value: Any) -> str:
    """A list of names or numbers is written with commas in a link; what is nested deeper means nothing there."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return "a nested value" if isinstance(value, (list, dict)) else str(value)


_LONGEST_JSON = 1_000_000


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


def _short(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values under the names of links; of a field that is named in both ways, that name counts."""
    return {_LONG[name]: value for name, value in values.items() if name in _LONG} | {
        name: value for name, value in values.items() if name not in _LONG
    }


_BY_KEY: dict[str, tuple[str, str, Spec]] = {
    item.metadata["key"]: (part.name, item.name, item.metadata["spec"])
    for part in fields(Recipe)
    for item in fields(getattr(Recipe(), part.name))
}
_OF_METHOD = {name: key for key, (part, name, _) in _BY_KEY.items() if part == "method"}
_LONG = {spec.name: key for key, (_, _, spec) in _BY_KEY.items() if spec.name != key}
