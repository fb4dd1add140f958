"""What a flag names: something that ships, or a path; whether it is there is seen without reading it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from gca_viz.encoders.hub.names import is_hub_name
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.compare import RUN
from gca_viz.experiments.recipe.parts import DATASET, ENCODER
from gca_viz.settings.parameter import Choice

#: the flags that take paths beside names
NAMED = ("data", "encoder", "encoders", "run", "with")
#: what a flag takes beside the names that ship
DATA_PATH = "a path to images or to embeddings"
CHECKPOINT_PATH = "a path to a checkpoint, transformers:<id> or timm:<id>"
RUN_PATH = "a path to a folder or a zip of checkpoints, or of embeddings that a monitor wrote"


def check(given: Mapping[str, str]) -> None:
    """Raise :class:`InputError` where a flag is a name of nothing and a path to nothing."""
    for text, spec, otherwise in _asked(given):
        if text in spec.options or (spec is ENCODER and is_hub_name(text)):
            continue
        path_of(text, spec, otherwise)


def path_of(text: str, spec: Choice, otherwise: str) -> Path:
    """The path that a flag names; raises :class:`InputError` where nothing is there."""
    try:
        path = Path(text).expanduser()
        there = path.exists()
    except (OSError, RuntimeError, ValueError):  # a name too long, an unknown user, a NUL
        there = False
    if not there:
        raise nowhere(text, spec, otherwise)
    return path


def nowhere(text: str, spec: Choice, otherwise: str) -> InputError:
    """The mistake of a name that is none, where ``otherwise`` says what it may be beside one."""
    return InputError(
        f"{spec.name} = {text!r}",
        f"what ships is {', '.join(spec.options)}; anything else is {otherwise}",
        "Choose one of these or check the path",
        parameter=spec.name,
    )


def _asked(given: Mapping[str, str]) -> Iterator[tuple[str, Choice, str]]:
    for key, spec, otherwise in (
        ("data", DATASET, DATA_PATH),
        ("encoder", ENCODER, CHECKPOINT_PATH),
        ("run", RUN, RUN_PATH),
    ):
        if key in given:
            yield given[key], spec, otherwise
    for word in filter(None, given.get("encoders", "").split(",")):
        yield word, ENCODER, CHECKPOINT_PATH
