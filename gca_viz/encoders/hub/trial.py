"""A stranger's model, built and tried in a process of its own before this one builds it.

What passes is then run in this process, where embeddings are made, cached and cancelled like all others: it has
been seen to build and to run within bounds of memory and time, its images have a size with a bound, and its texts
are cut before they are split. What does not pass ends that process alone.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress
from gca_viz.settings.limits import TRIAL_BYTES, TRIAL_SECONDS

_LOOK = 0.1  # seconds between two looks at the process
_START = 120  # seconds until its packages are imported, on a machine that is busy
_WAITING = 4  # times TRIAL_SECONDS that may pass on the clock, for others compute as well
_PER_WEIGHT = 4  # times the size of the weights: mapped, copied, in float32, in the model


def try_elsewhere(
    folder: Path,
    what: str,
    given: Preprocessing,
    progress: ReportProgress = lambda share, doing: None,
) -> None:
    """Raise :class:`InputError` where a model cannot be built and used, or not within the limits.

    Args:
        folder: of a model of transformers.
        what: what the user knows it by, for messages.
        given: preprocessing in place of the configuration's.
        progress: called with a share and what is being done, again and again; may raise to end the trial.
    """
    command = [sys.executable, "-m", __name__, str(folder), what, json.dumps(given)]
    alone = {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, env=os.environ | alone, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.DEVNULL
        )
        try:
            deadline = time.monotonic() + _START + _WAITING * TRIAL_SECONDS.value
            while process.poll() is None:
                if time.monotonic() > deadline:
                    raise _beyond(what, f"took longer than {TRIAL_SECONDS.text(TRIAL_SECONDS.value)}")
                progress(0.5, "Trying the model in a process of its own")
                time.sleep(_LOOK)
        finally:  # a closed page, a cancelled command
            if process.poll() is None:
                process.kill()
            process.wait()
        said.seek(0)
        answer = said.read().decode("utf-8", "replace").strip().splitlines()
    _judge(process.returncode, answer[-1] if answer else "", what)


def _judge(status: int, answer: str, what: str) -> None:
    """Raise what the process found, or what its end says."""
    found = None
    with suppress(ValueError):
        found = json.loads(answer)
    if status == 0 and found == {}:
        return
    if status == 0 and isinstance(found, dict):
        raise InputError(found["got"], found["allowed"], found["remedy"], parameter="encoder")
    if status == -getattr(signal, "SIGXCPU", 0):
        raise _beyond(what, f"took longer than {TRIAL_SECONDS.text(TRIAL_SECONDS.value)}")
    raise _beyond(what, "ended the process in which it was tried")


def _beyond(what: str, how: str) -> InputError:
    return InputError(
        f"{what}, which {how}",
        f"building a model and embedding a few images takes at most {TRIAL_SECONDS.text(TRIAL_SECONDS.value)} and "
        f"{TRIAL_BYTES.text(TRIAL_BYTES.value)} beside its weights",
        f"Embed your images where it runs, and bring the embeddings, or start the app with higher "
        f"{TRIAL_SECONDS.variable} and {TRIAL_BYTES.variable}",
        parameter="encoder",
    )


def _limit(folder: Path) -> None:
    """Bound what this process may take from here on; its packages are imported."""
    try:
        import resource
    except ImportError:  # Windows knows no such limits: the clock alone holds there
        return
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + TRIAL_SECONDS.value
    # At the first of the two bounds a signal says which it was.
    bounds = {resource.RLIMIT_CPU: (seconds, seconds + 5), resource.RLIMIT_CORE: (0, 0)}
    with suppress(OSError, ValueError):
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = mapped + _PER_WEIGHT * weights + TRIAL_BYTES.value
        bounds[resource.RLIMIT_AS] = (most, most)
    for kind, pair in bounds.items():
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, pair)


def _is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or one that it tells in other words, is about memory; torch has no class for that."""
    if error is None:
        return False
    return isinstance(error, MemoryError) or "alloc_cpu" in str(error) or _is_out_of_memory(error.__cause__)


def main(folder: str, what: str, given: str) -> None:
    """Try a model, and print what was found: nothing, or the parts of an :class:`InputError`."""
    import torch
    import transformers  # noqa: F401

    from gca_viz.encoders.hub.model import HubModel
    from gca_viz.encoders.hub.transformers_vision import read_transformers

    torch.set_num_threads(1)
    _limit(Path(folder))
    found = {}
    try:
        HubModel.of(what, read_transformers(Path(folder), what), Preprocessing(*json.loads(given)))
    except (InputError, MemoryError) as error:
        shown = _beyond(what, "takes more memory")
        if isinstance(error, InputError) and not _is_out_of_memory(error):
            shown = error
        found = {"got": shown.got, "allowed": shown.allowed, "remedy": shown.remedy}
    print(f"\n{json.dumps(found)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
