"""What a user named by a path, on its way to the processes that compute with it, where it has the same name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from gca_viz.datasets import UPLOADS, Dataset
from gca_viz.encoders import uploads
from gca_viz.errors import InputError
from gca_viz.experiments.tasks import Task
from gca_viz.uploads import UPLOAD


def named_in(task: Task) -> set[str]:
    """The names of uploads in a task."""
    return set(re.findall(UPLOAD, task.recipe))


def packed(name: str) -> tuple[str, Any]:
    """What a name stands for here, fit to travel; raises :class:`InputError` where it is not there."""
    try:
        dataset = UPLOADS.find(name)
    except InputError:
        return "encoder", uploads.find(name)
    values = {item.name: getattr(dataset, item.name) for item in fields(dataset)}
    return "data", {key: dict(value) if isinstance(value, Mapping) else value for key, value in values.items()}


def unpacked(name: str, kind: str, thing: Any) -> None:
    """Keep a thing of :func:`packed` under its name, if it is not here yet."""
    kept = UPLOADS if kind == "data" else uploads
    try:
        kept.find(name)
    except InputError:
        kept.keep_as(name, Dataset(**thing) if kind == "data" else thing)
