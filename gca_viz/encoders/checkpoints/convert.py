"""Any checkpoint of ``torch.save`` as a safetensors file, which nobody has to trust, and a card beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from gca_viz.encoders.checkpoints.assumptions import Assumptions
from gca_viz.encoders.checkpoints.contents import Contents
from gca_viz.encoders.checkpoints.file_names import read_card, without_ending
from gca_viz.encoders.checkpoints.files import AS_RECORDED, ASSUMPTIONS, read_checkpoint, sha256_of
from gca_viz.encoders.checkpoints.kinds import kind_of
from gca_viz.errors import InputError
from gca_viz.files.atomic import written


def convert(
    source: Path, target: Path | None = None, *, trust: bool = False, assume: Assumptions | None = None
) -> Path:
    """Write the tensors and hyper-parameters of a checkpoint as ``.safetensors``, and a JSON card beside it.

    Both are there when it ends, or none, whatever ends it.

    Args:
        source: a file of ``torch.save``, or a ``.safetensors`` file.
        target: where to; by default beside the source.
        trust: unpickle whatever the source holds, in a process of its own. That runs what its author put into it.
        assume: answers to what the tensors leave open, which the file then records.

    Returns:
        The path that was written.

    Raises:
        InputError: a source that cannot be read, or a target that is there already.
    """
    target = target or source.with_name(f"{without_ending(source.name)}.safetensors")
    kind = kind_of(source)
    card = target.with_suffix(".json")
    digest = sha256_of(source)
    for path in (target, card):
        # A card alone, of this source, is what an interrupted conversion may leave.
        if path.exists() and not (path == card and not target.exists() and read_card(card).get("sha256") == digest):
            raise InputError(
                f"a file {path.name} that is there already",
                "nothing is overwritten",
                "Remove it, or name another with --output",
                parameter="output",
            )
    try:
        with written(card, target) as (card_part, part):
            if trust and kind == "torch":
                _unpickle(source, part)
            else:
                checkpoint = read_checkpoint(source)
                write(Contents(checkpoint.tensors, checkpoint.recorded), part, checkpoint.metadata)
            if assume is not None and assume.given:
                _record(part, assume)
            facts = {
                "source": source.name,
                "sha256": digest,
                AS_RECORDED: read_checkpoint(part).recorded,
            }
            card_part.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise InputError(
            f"the path {target}, which cannot be written",
            "the folder must be there and writable",
            "Name another with --output",
            parameter="output",
        ) from error
    return target


def write(contents: Contents, target: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write tensors as safetensors, with the plain values in its metadata beside those that are given.

    Raises:
        OSError: a path that cannot be written to.
    """
    # Tensors may share their memory in a pickle, and a view may be a part of a larger one; here each is its own.
    tensors = {
        name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in contents.tensors.items()
    }
    kept = {name: text for name, text in (metadata or {}).items() if text not in tensors}
    try:
        save_file(tensors, target, {**kept, AS_RECORDED: json.dumps(contents.recorded)})
    except SafetensorError as error:
        raise OSError(str(error)) from error


def _record(path: Path, assume: Assumptions) -> None:
    """Keep answers in the metadata of a file."""
    checkpoint = read_checkpoint(path)
    known = Assumptions.of(checkpoint.metadata.get(ASSUMPTIONS))
    tensors = {name: tensor.clone() for name, tensor in checkpoint.tensors.items()}  # not of the file itself
    save_file(tensors, path, {**checkpoint.metadata, ASSUMPTIONS: assume.over(known).text})


def _unpickle(source: Path, target: Path) -> None:
    """Let a process of its own unpickle a file and write its tensors."""
    command = [sys.executable, "-m", "gca_viz.encoders.checkpoints.unpickle", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise InputError(
            f"the file {source.name}, which could not be unpickled ({said[-1] if said else 'the process ended'})",
            "a whole checkpoint is needed",
            "Save its weights where it was made, with torch.save(model.state_dict(), 'model.pt'), and bring that",
            parameter="encoder",
        )
