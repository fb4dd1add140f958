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
_DATA = "a path to images or to embeddings"
_CHECKPOINT = "a path to a checkpoint, transformers:<id> or timm:<id>"
_RUN = "a path to a folder or a zip of checkpoints"


def check(given: Mapping[str, str]) -> None:
    """Raise :class:`InputError` where a flag is a name of nothing and a path to nothing."""
    for text, spec, otherwise in _asked(given):
        if text in spec.options or (spec is ENCODER and is_hub_name(text)):
            continue
        if not _exists(Path(text)):
            raise nowhere(text, spec, otherwise)


def nowhere(text: str, spec: Choice, otherwise: str) -> InputError:
    """The mistake of a name that is none, where ``otherwise`` says what it may be beside one."""
    return InputError(
        f"{spec.name} = {text!r}",
        f"what ships is {', '.join(spec.options)}; anything else is {otherwise}",
        "Choose one of these or check the path",
        parameter=spec.name,
    )


def _asked(given: Mapping[str, str]) -> Iterator[tuple[str, Choice, str]]:
    for key, spec, otherwise in (("data", DATASET, _DATA), ("encoder", ENCODER, _CHECKPOINT), ("run", RUN, _RUN)):
        if key in given:
            yield given[key], spec, otherwise
    for word in filter(None, given.get("encoders", "").split(",")):
        yield word, ENCODER, _CHECKPOINT


def _exists(path: Path) -> bool:
    try:
        return path.expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # a name too long, an unknown user, a NUL
        return False
