"""What flags name: what ships, or what the user brings by its path; nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from gca_viz.cli.places import CHECKPOINT_PATH, DATA_PATH, RUN_PATH, nowhere, path_of
from gca_viz.datasets import UPLOADS, DataReport, Dataset, read_embeddings
from gca_viz.datasets.embeddings.files import FORMATS
from gca_viz.datasets.embeddings.folder import is_embedding_folder
from gca_viz.datasets.images import open_images
from gca_viz.encoders import uploads
from gca_viz.encoders.checkpoints.assumptions import Assumptions, refuse_assumptions
from gca_viz.encoders.checkpoints.load_report import LoadReport
from gca_viz.encoders.hub.names import is_hub_name
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.compare import ENCODERS, RUN, SECOND, THESE
from gca_viz.experiments.recipe.parts import DATASET, ENCODER
from gca_viz.progress import ReportProgress
from gca_viz.settings.limits import DATASET_BYTES, ENTRIES, SAMPLES, lifted
from gca_viz.settings.parameter import Choice
from gca_viz.uploads import is_upload

#: what a run of embeddings says itself, whatever else is said
_OF_RUN = ("data", "encoder", "encoders", "with", "against", "run")
#: told of a path and of what was understood of it
Describe = Callable[[str, object], None]


def named(
    given: Mapping[str, str],
    report_progress: ReportProgress,
    describe: Describe,
    assume: Assumptions | None = None,
    *,
    into: Path | None = None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Flags in which names stand for what is brought, and what was written in their place.

    Args:
        given: name in a link → what was written behind its flag.
        report_progress: progress.
        describe: called with each path and what was understood of it.
        assume: what is assumed of every checkpoint among the paths.
        into: as of :func:`upload_data`.

    Raises:
        InputError: a name of nothing and path to nothing, or something that cannot be read.
    """
    texts, sources, known = dict(given), {}, {}
    loads: dict[str, Callable[[str], tuple[str, object]]] = {
        "data": lambda text: upload_data(text, DATASET, report_progress, into=into),
        "encoder": lambda text: upload_encoder(text, ENCODER, assume),
    }
    for key, load in loads.items():
        if key in given:
            texts[key], report = load(given[key])
            if report is not None:
                sources[key] = given[key]
                describe(given[key], report)
    if "encoders" in given:
        known = upload_encoders(given["encoders"], describe, assume)
        texts["encoders"] = ",".join(known.values())
        if any(map(is_upload, known.values())):
            sources["encoders"] = given["encoders"]
    if "run" in given and given["run"] not in RUN.options:
        path, sources["run"] = _run_path(given), given["run"]
        found = upload_embedding_run(path, describe)
        if found is not None:
            _refuse_data(given)
            known, values = found
            texts |= {key: text for key, text in values.items() if key not in given or key in _OF_RUN}
        else:
            known = upload_run(path, describe, assume)
            names = list(known.values())
            texts |= {"encoder": names[0], "encoders": ",".join(names[1:]), "with": names[-1], "against": ENCODERS}
            texts |= {"output": uploads.report_of(names[0]).outputs[0], "run": THESE}
        texts |= {key: given[key] for key in ("output", "with") if key in given}
    if assume is not None and not {"encoder", "encoders", "run"} & set(sources):
        refuse_assumptions(assume, "encoders that ship")
    if "with" in given and given["with"] not in SECOND.options:
        if given["with"] not in known:
            raise nowhere(given["with"], SECOND, "a path in --encoders, or a file of the folder that --run names")
        texts["with"], sources["with"] = known[given["with"]], given["with"]
    return texts, sources


def _run_path(given: Mapping[str, str]) -> Path:
    """Where a run is that a flag names, alone."""
    path, others = Path(given["run"]).expanduser(), [f"--{key}" for key in ("encoder", "encoders") if key in given]
    if not path.is_dir() and path.suffix.lower() != ".zip":
        raise nowhere(given["run"], RUN, RUN_PATH)
    if others:
        raise InputError(
            f"--run {given['run']} with {' and '.join(others)}",
            "the first checkpoint of a run is A, and the others stand beside it",
            "Leave out the others, or name the files with --encoder and --encoders",
        )
    return path


def _refuse_data(given: Mapping[str, str]) -> None:
    if "data" in given:
        raise InputError(
            f"--data {given['data']} with --run {given['run']}, which has embeddings",
            "a run of embeddings has samples of its own",
            "Leave out --data",
        )


def upload_embedding_run(path: Path, describe: Describe) -> tuple[dict[str, str], dict[str, str]] | None:
    """File → name in recipes of the steps of a run of embeddings, and what a recipe of it says, as texts.

    Args:
        path: a folder or a zip.
        describe: called with each file and what was understood of it, or why it was not read.

    Returns:
        None where there are no embeddings, so that it may be a run of checkpoints.

    Raises:
        InputError: fewer than two steps that can be read.
    """
    from gca_viz.experiments.compare.embedding_run import read_embedding_run, steps_among, unpacked

    with TemporaryDirectory(prefix="gca-viz-") as scratch:
        paths = sorted(path.iterdir()) if path.is_dir() else unpacked(path, Path(scratch))
        if not steps_among(paths):
            return None
        run = read_embedding_run(paths, path.resolve().name.removesuffix(".zip"))
    known = {file: uploads.keep_recorded(step, file) for file, step in run.steps.items()}
    for file, step in run.steps.items():
        describe(file, step.report.architecture)
    for file, error in run.refused.items():
        describe(file, error)
    if run.left:
        describe(", ".join(run.left), "left out, for not all steps are compared")
    values = run.recipe_values(UPLOADS.keep(run.dataset), known.values())
    return known, {
        key: ",".join(value) if isinstance(value, tuple) else str(value) for key, value in values.items()
    }


def upload_data(
    text: str, spec: Choice, report_progress: ReportProgress, *, into: Path | None = None
) -> tuple[str, DataReport | None]:
    """The name in recipes of a data set that ships, or of one that is read from a path, and what was understood.

    Args:
        text: a name or a path.
        spec: what is allowed.
        report_progress: progress.
        into: a folder in which images are decoded, however many they are; by default memory, with its caps.

    Raises:
        InputError: neither, or nothing that can be read.
    """
    if text in spec.options:
        return text, None
    dataset, report = _read(path_of(text, spec, DATA_PATH), report_progress, into)
    return UPLOADS.keep(dataset), report


def upload_encoder(text: str, spec: Choice, assume: Assumptions | None = None) -> tuple[str, LoadReport | None]:
    """The same of an encoder: a name that ships, a checkpoint, a folder or zip of transformers, or a hub's id.

    What is assumed is for checkpoints; of what ships, all is known.

    Raises:
        InputError: none of these, or nothing that can be read safely.
    """
    if text in spec.options:
        return text, None
    found = text if is_hub_name(text) else path_of(text, spec, CHECKPOINT_PATH)
    name = uploads.keep(found, assume=assume)
    return name, uploads.report_of(name)


def upload_encoders(text: str, describe: Describe, assume: Assumptions | None = None) -> dict[str, str]:
    """What is written of each encoder in a list with commas between → its name in recipes.

    Args:
        text: names and paths, each as for :func:`upload_encoder`.
        describe: called with each path that was read and what was understood of it.
        assume: what is assumed of every checkpoint among them.

    Raises:
        InputError: as for :func:`upload_encoder`.
    """
    found = {}
    for word in filter(None, text.split(",")):
        found[word], report = upload_encoder(word, ENCODER, assume)
        if report is not None:
            describe(word, report)
    return found


def upload_run(path: Path, describe: Describe, assume: Assumptions | None = None) -> dict[str, str]:
    """File → name in recipes of the checkpoints of a run, in the order of the numbers in their names.

    Args:
        path: a folder of checkpoints or a zip of them; of many, some spread over the run are taken.
        describe: called with each file and what was understood of it, or why it was not read.
        assume: what is assumed of each.

    Raises:
        InputError: fewer than two checkpoints that can be read.
    """
    from gca_viz.experiments.compare.candidates import MOST
    from gca_viz.experiments.compare.run_files import in_archive, in_folder, read_run

    def keep(file: Path) -> str:
        name = uploads.keep(file, assume=assume)
        describe(file.name, uploads.report_of(name).architecture)
        return name

    with TemporaryDirectory(prefix="gca-viz-") as scratch:  # what was read is in memory when it goes
        run = read_run(in_folder(path) if path.is_dir() else in_archive(path, Path(scratch)), keep)
    for file, error in run.refused.items():
        describe(file, error)
    if run.left:
        describe(", ".join(run.left), f"left out, for at most {MOST} are compared")
    if len(run.encoders) < 2:
        raise InputError(
            f"{path} with {len(run.encoders) or 'no'} checkpoint that can be read",
            "a run has at least two",
            "Check the files; gca-viz convert makes .safetensors of a checkpoint that needs trust",
            parameter="run",
        )
    return run.encoders


def _read(path: Path, report_progress: ReportProgress, into: Path | None) -> tuple[Dataset, DataReport]:
    if is_embedding_folder(path):
        return read_embeddings(path)
    if path.is_dir() or path.suffix.lower() not in FORMATS:
        return _images(path, report_progress, into)
    try:
        return read_embeddings(path)
    except InputError as no_embeddings:
        if path.suffix.lower() != ".parquet":
            raise
        try:  # Parquet holds either
            return _images(path, report_progress, into)
        except InputError:
            raise no_embeddings from None


def _images(path: Path, report_progress: ReportProgress, into: Path | None) -> tuple[Dataset, DataReport]:
    if into is None:
        return open_images(path).load(progress=report_progress)
    with lifted(SAMPLES, ENTRIES, DATASET_BYTES):
        return open_images(path).load(progress=report_progress, into=into)
