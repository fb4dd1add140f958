"""What an installation needs to work, looked at one thing at a time."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING

from gca_viz.errors import InputError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

#: extras for those who work on gca-viz itself
_FOR_DEVELOPERS = ("test", "build", "bench")
_MOST_COUNTED = 100_000  # files of a cache


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic, name: under which heading, and what it is.
        text: what was found.
        remedy: what to do, as a sentence; empty where nothing has to be done.
        broken: whether something that everybody needs does not work.
    """

    topic: str
    name: str
    text: str
    remedy: str = ""
    broken: bool = False


def findings() -> Iterator[Finding]:
    """Everything, each as soon as it is known; nothing that is broken keeps the rest from being looked at."""
    for topic, look in _LOOKS.items():
        try:
            for name, text, *more in look():
                yield Finding(topic, name, text, remedy="".join(more))
        except InputError as error:
            yield Finding(topic, topic, f"{error.got}; {error.allowed}", f"{error.remedy}.", broken=True)
        # Whatever is wrong with an installation shows here, and is what the user came to see.
        except Exception as error:
            again = "Install gca-viz and its packages again: pip install --force-reinstall gca-viz"
            yield Finding(topic, topic, f"{type(error).__name__}: {error}", again, broken=True)


def _versions() -> Iterator[tuple[str, ...]]:
    from gca_viz.experiments.environment import environment

    yield from environment().items()


def _extras() -> Iterator[tuple[str, ...]]:
    from packaging.requirements import Requirement

    wanted: dict[str, list[Requirement]] = {}
    for requirement in map(Requirement, requires("gca-viz") or ()):
        for extra in _names_of_extras():
            marker = requirement.marker
            if marker and "extra" in str(marker) and marker.evaluate({"extra": extra}):
                wanted.setdefault(extra, []).append(requirement)
    for extra, requirements in wanted.items():
        missing = [requirement.name for requirement in requirements if not _fits(requirement)]
        if missing:
            yield extra, f"without {', '.join(missing)}", f"If you need it: pip install 'gca-viz[{extra}]'"
        else:
            yield extra, "installed"


def _names_of_extras() -> list[str]:
    from importlib.metadata import metadata

    return [name for name in metadata("gca-viz").get_all("Provides-Extra") or () if name not in _FOR_DEVELOPERS]


def _fits(requirement: Requirement) -> bool:
    try:
        return bool(requirement.specifier.contains(version(requirement.name), prereleases=True))
    except PackageNotFoundError:
        return False


def _caches() -> Iterator[tuple[str, ...]]:
    from gca_viz.embedding.cache import EmbeddingCache
    from gca_viz.settings.limits import CACHE_BYTES

    cache = EmbeddingCache()
    text = f"{cache.folder}, {cache.size / 1e6:,.1f} of at most {CACHE_BYTES.value / 1e6:,.0f} MB"
    yield ("embeddings", text, "" if _writable(cache.folder) else _NOT_WRITABLE)
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    yield "models of the hub", f"{hub}, {_size(hub)}" if hub.is_dir() else f"{hub}, nothing there"


_NOT_WRITABLE = "Nothing can be kept there: set GCA_VIZ_CACHE to a folder that you may write to."


def _writable(folder: Path) -> bool:
    """Whether the folder, or the first above it that exists, may be written to."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def _size(folder: Path) -> str:
    total = 0
    for count, path in enumerate(folder.rglob("*")):
        if count == _MOST_COUNTED:
            return f"more than {total / 1e6:,.0f} MB"
        total += path.stat().st_size if path.is_file() and not path.is_symlink() else 0
    return f"{total / 1e6:,.1f} MB"


def _settings() -> Iterator[tuple[str, ...]]:
    from gca_viz.device import missing_device
    from gca_viz.settings.server import SETTINGS, problems

    wrong = problems() | missing_device()
    for setting in SETTINGS:
        yield setting.variable, setting.in_force, wrong.pop(setting.variable, "")
    for variable, sentence in wrong.items():
        yield variable, os.environ[variable], sentence


def _shipped() -> Iterator[tuple[str, ...]]:
    from gca_viz.cli import app
    from gca_viz.datasets import DATASETS, load_dataset
    from gca_viz.encoders import bundled_encoders, bundled_runs
    from gca_viz.encoders.bundled import MODELS
    from gca_viz.experiments.recipe.recipe import Recipe

    app.command("localhost", 8501)
    yield "app", str(app.APP)
    for name in DATASETS:
        yield name, load_dataset(name).summary
    found, epochs = bundled_encoders(), sum(map(len, bundled_runs().values()))
    if Recipe().encoder.name not in found:
        raise InputError(f"no models in {MODELS}", "the bundled encoders must be there", "Install gca-viz again")
    yield "encoders", f"{len(found)} in {MODELS}, and {epochs} epochs of runs"


def _self_check() -> Iterator[tuple[str, ...]]:
    import torch

    from gca_viz.experiments.plan.embedding_file import of_batch
    from gca_viz.experiments.recipe.recipe import Recipe
    from gca_viz.transport import align

    z1, z2 = torch.tensor([[1.0, 0.0], [0.6, 0.8]]), torch.tensor([[0.8, 0.6], [0.0, 1.0]])
    epsilon, known = 0.5, two_by_two(((0.8, 0.0), (0.96, 0.8)), 0.5)
    away = abs(float(align(z1, z2, "gca-ince", epsilon=epsilon, iterations=math.inf).matrix[0, 0]) - known)
    if away > 1e-5:
        raise InputError(f"a plan that is {away:.1g} from its closed form", "less than 1e-5", _REPORT)
    yield "a plan of two pairs", f"is {away:.1g} from its closed form"
    found = of_batch(Recipe().with_values(n=16))
    unit = [torch.nn.functional.normalize(torch.from_numpy(z)) for z in (found.z1, found.z2)]
    cosines = unit[0] @ unit[1].T
    own, mean = float(cosines.diagonal().mean()), float(cosines.mean())
    if not own > mean:  # what is no number is not above, either
        raise InputError(f"a mean cosine of {own:.2g} in pairs", f"more than {mean:.2g}, that of all", _REPORT)
    yield "embeddings of 16 pairs", f"mean cosine {own:.2f} in pairs, {mean:.2f} between all"


_REPORT = "Run the tests (make test) and report what fails, with the output of gca-viz doctor --json"


def two_by_two(cosines: tuple[tuple[float, float], tuple[float, float]], epsilon: float) -> float:
    """Mass of the first pair in the balanced plan of two pairs, each row of mass 1: √(ad) / (√(ad) + √(bc)) of the
    kernel [[a, b], [c, d]]."""
    (a, b), (c, d) = cosines
    pairs, strangers = math.exp((a + d) / (2 * epsilon)), math.exp((b + c) / (2 * epsilon))
    return pairs / (pairs + strangers)


#: heading → what is looked at under it, cheap things first
_LOOKS: dict[str, Callable[[], Iterator[tuple[str, ...]]]] = {
    "Versions": _versions,
    "Extras": _extras,
    "Caches": _caches,
    "Settings": _settings,
    "What ships": _shipped,
    "Self check": _self_check,
}
