"""Any checkpoint of ``torch.save`` as a safetensors file, which nobody has to trust, and a card beside it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from gca_viz.encoders.contents import Contents
from gca_viz.encoders.files import AS_RECORDED, kind_of, read_checkpoint
from gca_viz.errors import InputError


def convert(source: Path, target: Path | None = None, *, trust: bool = False) -> Path:
    """Write the tensors and hyper-parameters of a checkpoint as ``.safetensors``, and a JSON card beside it.

    Args:
        source: a file of ``torch.save``, or a ``.safetensors`` file.
        target: where to; by default beside the source.
        trust: unpickle whatever the source holds, in a process of its own. That runs what its author put into it.

    Returns:
        The path that was written.

    Raises:
        InputError: a source that cannot be read, or a target that is there already.
    """
    target = target or source.with_suffix(".safetensors")
    kind = kind_of(source)
    card = target.with_suffix(".json")
    for path in (target, card):
        if path.exists():
            raise InputError(
                f"a file {path.name} that is there already",
                "nothing is overwritten",
                "Remove it, or name another with --output",
                parameter="output",
            )
    if trust and kind == "torch":
        _unpickle(source, target)
    else:
        checkpoint = read_checkpoint(source)
        write(Contents(checkpoint.tensors, checkpoint.recorded), target)
    facts = {
        "source": source.name,
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        AS_RECORDED: read_checkpoint(target).recorded,
    }
    card.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return target


def write(contents: Contents, target: Path) -> None:
    """Write tensors as safetensors, with the plain values in its metadata."""
    # Tensors may share their memory in a pickle, and a view may be a part of a larger one; here each is its own.
    tensors = {
        name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in contents.tensors.items()
    }
    try:
        save_file(tensors, target, {AS_RECORDED: json.dumps(contents.recorded)})
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"the path {target}, which cannot be written",
            "the folder must be there and writable",
            "Name another with --output",
            parameter="output",
        ) from error


def _unpickle(source: Path, target: Path) -> None:
    """Let a process of its own unpickle a file and write its tensors."""
    command = [sys.executable, "-m", "gca_viz.encoders.unpickle", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise InputError(
            f"the file {source.name}, which could not be unpickled ({said[-1] if said else 'the process ended'})",
            "a whole checkpoint is needed",
            "Run the conversion where the checkpoint was made, or save its state dict there",
            parameter="encoder",
        )
