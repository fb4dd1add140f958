"""What the file of a head says of the encoder on whose features it was trained."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gca_viz.encoders.checkpoints.files import metadata_of
from gca_viz.encoders.checkpoints.kinds import refusal
from gca_viz.encoders.checkpoints.load_report import OUTPUTS, Output

_KEY = "on"


@dataclass(frozen=True)
class Ground:
    """The encoder that a head stands on.

    Attributes:
        name: as ``load_encoder`` knows it.
        content_id: of that encoder and output; another encoder of the name is none to stand on.
        output: which of its outputs the head takes.
    """

    name: str
    content_id: str
    output: Output

    @property
    def metadata(self) -> dict[str, str]:
        """As a safetensors file has it: one entry, as several stand in any order and make other files of equals."""
        return {_KEY: json.dumps(asdict(self))}


def ground_of(path: Path) -> Ground | None:
    """What the head in a file stands on; None of any other checkpoint.

    Raises:
        InputError: no checkpoint, or a head that does not say which encoder it stands on.
    """
    text = metadata_of(path).get(_KEY)
    if text is None:
        return None
    try:
        found = json.loads(text)
        said = [found[name] for name in ("name", "content_id", "output")]
    except (ValueError, KeyError, TypeError, RecursionError):
        said = [None]
    if not all(isinstance(value, str) for value in said) or said[-1] not in OUTPUTS:
        raise refusal(
            path,
            "is a head and does not say on which weights",
            f"under {_KEY!r} its metadata name an encoder, its content id and an output",
            "Write it again with gca-viz train --on",
        )
    return Ground(*said)
