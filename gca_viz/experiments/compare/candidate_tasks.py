"""The slow part of a comparison as tasks: what each encoder makes of the batch, and the numbers of that."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import numpy as np
import torch

from gca_viz.device import best_device
from gca_viz.embedding.embedding import Embeddings
from gca_viz.encoders import encoder_id
from gca_viz.experiments import geometry as geometry_steps
from gca_viz.experiments.caching.cache import remember
from gca_viz.experiments.compare.candidates import Candidates
from gca_viz.experiments.executor import Executor
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.experiments.recipe.recipe import EncoderRecipe, Inputs, Recipe
from gca_viz.experiments.results import ResultStore, completed
from gca_viz.experiments.tasks import Done, Task, program_id
from gca_viz.metric import Estimate
from gca_viz.progress import ReportProgress

_TENSORS = ("z1", "z2", "views_variance", "shown")
_REPLICATES = "replicates of "


def candidate_tasks(recipe: Recipe, candidates: Candidates, device: str) -> dict[Task, EncoderRecipe]:
    """A task for each encoder that is compared; none where the embeddings of the batch were given.

    Args:
        recipe: of batch and views.
        candidates: who is compared.
        device: the kind of device that computes.
    """
    batch = engine.batch_of(recipe.data)
    if batch.embeddings is not None:
        return {}
    measures, found = candidates.kind == ENCODERS, {}
    function = f"{__name__}:{measure_candidate.__name__}"
    for encoder in dict.fromkeys(member.encoder for member in candidates.members):
        inputs = only_inputs(recipe.inputs, encoder)
        content = (batch.content_id, encoder_id(encoder.name, encoder.output), program_id(), device)
        place = (("encoder", encoder.name), ("measured", measures))
        found[Task(function, inputs.to_json(), (place,), ("found",), content)] = encoder
    return found


def only_inputs(inputs: Inputs, encoder: EncoderRecipe) -> Recipe:
    """The recipe of one candidate, without what decides nothing of its embeddings."""
    return replace(Recipe(), data=inputs.data, views=inputs.views, encoder=encoder)


def measure_candidate(task: Task, report_progress: ReportProgress) -> list[tuple[dict[str, np.ndarray]]]:
    """The embeddings of a task of :func:`candidate_tasks`, and if they are compared their numbers, as arrays."""
    recipe, problems = Recipe.from_json(task.recipe)
    for problem in problems:
        raise problem
    z = engine.embeddings_of(recipe.inputs, progress=lambda share, what: report_progress(share / 2, what))
    arrays = {name: getattr(z, name).cpu().numpy() for name in _TENSORS if getattr(z, name) is not None}
    if dict(task.places[0])["measured"]:
        numbers = geometry_steps.measures_of(
            recipe.inputs, progress=lambda share, what: report_progress((1 + share) / 2, what)
        )
        arrays |= _as_arrays(numbers)
    return [(arrays,)]


def compute_candidates(
    recipe: Recipe,
    candidates: Candidates,
    executor: Executor,
    store: CandidateStore | None,
    report_progress: ReportProgress,
) -> None:
    """Have the slow part of a comparison computed, so that the rest of it finds that done.

    Who cannot be embedded is left to the comparison, which says why.

    Raises:
        InputError: a folder that cannot be written, or a worker that died three times.
    """
    tasks = candidate_tasks(recipe, candidates, executor.device)
    with closing(completed(list(tasks), executor, store, report_progress)) as finished:
        for done in finished:
            if done.lost and done.problem is not None:
                raise done.problem
            outcome = done.outcomes[0]
            if not isinstance(outcome, str):
                _remember(replace(recipe.inputs, encoder=tasks[done.task]), outcome[0])


def _remember(inputs: Inputs, arrays: Mapping[str, np.ndarray]) -> None:
    device = best_device().name
    tensors = {name: torch.tensor(arrays[name], device=device) for name in _TENSORS if name in arrays}
    remember(engine.embeddings_of, (inputs,), Embeddings(**tensors))
    if "measures" in arrays:
        remember(geometry_steps.measures_of, (inputs,), _as_measures(arrays))


def _as_arrays(numbers: Mapping[str, Estimate | None]) -> dict[str, np.ndarray]:
    told = {name: None if of is None else asdict(replace(of, replicates=None)) for name, of in numbers.items()}
    replicates = {name: of.replicates for name, of in numbers.items() if of is not None}
    many = {f"{_REPLICATES}{name}": values for name, values in replicates.items() if values is not None}
    return {"measures": np.array(json.dumps(told)), **many}


def _as_measures(arrays: Mapping[str, np.ndarray]) -> Mapping[str, Estimate | None]:
    told: dict[str, dict[str, Any] | None] = json.loads(str(arrays["measures"]))
    return MappingProxyType(
        {
            name: None if of is None else Estimate(**of | {"replicates": arrays.get(f"{_REPLICATES}{name}")})
            for name, of in told.items()
        }
    )


class CandidateStore(ResultStore):
    """A folder with what each encoder made of the batch; arguments and errors as of :class:`ResultStore`."""

    ending = ".npz"

    def put(self, done: Done) -> None:
        """Keep what became of a candidate; a mistake is told anew each time."""
        if not isinstance(done.outcomes[0], str):
            super().put(done)

    def _read_part(self, path: Path, task: Task) -> Done | None:
        try:
            with np.load(path) as part:
                arrays = {name: part[name] for name in part.files}
            seconds, worker = float(arrays.pop("seconds")), str(arrays.pop("worker"))
            if dict(task.places[0])["measured"]:
                _as_measures(arrays)
        except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zlib.error):
            return None  # not there, or what a full disk or a lost machine left
        return Done(task, ((arrays,),), seconds, worker) if {"z1", "z2"} <= arrays.keys() else None

    def _write_part(self, done: Done, file: IO[bytes]) -> None:
        outcome = done.outcomes[0]
        assert not isinstance(outcome, str)  # which is not kept
        np.savez(file, **outcome[0], seconds=done.seconds, worker=done.worker)
