"""A connection to Ray, whose workers run this very program; whatever is in the way is told in a sentence."""

from __future__ import annotations

import os
import platform
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import torch

from gca_viz.errors import InputError
from gca_viz.experiments.tasks import program_id
from gca_viz.extras import need

#: the workers of this machine alone, started with the command and ended with it
LOCAL = "local"
#: the cluster that this machine is part of
AUTO = "auto"
#: how often a task is computed at most, where its worker dies of it
TRIES = 3
_PATIENCE = 3.0  # seconds until an address that does not answer is none


def connect(address: str, workers: int | None = None) -> ModuleType:
    """Ray, connected.

    Args:
        address: ``"local"``, ``"auto"`` or ``host:port`` of the head of a cluster.
        workers: with ``"local"``, how many processes compute.

    Raises:
        InputError: Ray is not installed; nobody answers at the address, or asks for a token that is not here; the
            workers have another version of this program, of Python, of torch or of Ray.
    """
    ray = need("ray", "ray")
    if ray.is_initialized():
        raise InputError("a second connection to Ray", "a process has one", "Close the first")
    # What runs out of memory would be tried for ever, whatever a task says of how often it may be.
    os.environ.setdefault("RAY_task_oom_retries", str(TRIES - 1))
    if address not in (LOCAL, AUTO):
        _answers(address)
    try:
        with _told_where_nobody_is(ray, address), _own_end():
            ray.init(
                address=address,
                include_dashboard=False if address == LOCAL else None,
                num_cpus=workers if address == LOCAL else None,
                log_to_driver=False,
                logging_level="error",
            )
        _same_program(ray)
    except BaseException:
        ray.shutdown()
        raise
    return ray


def most_at_once(ray: ModuleType, gpus: float) -> int:
    """How many tasks of a core and so many cards the cluster computes at once.

    Raises:
        InputError: it has fewer cards than one task takes.
    """
    there = ray.cluster_resources()
    if not 0 <= gpus <= there.get("GPU", 0):
        raise InputError(
            f"--gpus {gpus:g} on a cluster with {there.get('GPU', 0):g}",
            "a task computes on the cards of one machine",
            "Ask for fewer, or for a part of one: --gpus 0.5",
            parameter="gpus",
        )
    return int(min(there.get("CPU", 1), there["GPU"] / gpus if gpus else float("inf")))


def _answers(address: str) -> None:
    """Raise :class:`InputError` where nobody listens at an address, which Ray itself would wait long for."""
    host, sign, port = address.removeprefix("ray://").rpartition(":")
    if address.startswith("ray://") or not sign or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError(
            f"address = {address!r}",
            f"it is {LOCAL}, {AUTO} or host:port of a cluster's head, as ray start --head tells it",
            "Write it as 10.0.0.1:6379",
            parameter="address",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except OSError as error:
        raise _nobody(address, str(error)) from error
    if _refuses(address, _token()):
        raise _needs_token(address)


def _token() -> str | None:
    """What Ray will send, which looks for a token where it is told to; it tells of one that is not there itself."""
    if os.environ.get("RAY_AUTH_MODE", "").lower() != "token":
        return None
    try:
        path = Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or "~/.ray/auth_token").expanduser()
        return os.environ.get("RAY_AUTH_TOKEN") or path.read_text("utf-8").strip()
    except (OSError, ValueError, RuntimeError):
        return None


def _refuses(address: str, token: str | None) -> bool:
    """Whether a cluster's head lets nobody in with such a token: Ray itself would try for minutes."""
    import grpc

    given = [("authorization", f"Bearer {token}")] if token else []
    with grpc.insecure_channel(address) as channel:
        ask = channel.unary_unary("/ray.rpc.NodeInfoGcsService/GetClusterId")
        try:
            ask(b"", timeout=_PATIENCE, metadata=given)
        except grpc.RpcError as error:  # what else there is to say, Ray says better
            return bool(error.code() is grpc.StatusCode.UNAUTHENTICATED)
    return False


@contextmanager
def _told_where_nobody_is(ray: ModuleType, address: str) -> Iterator[None]:
    try:
        yield
    except ConnectionError as error:
        raise _nobody(address, str(error).splitlines()[0]) from error
    except ray.exceptions.AuthenticationError as error:
        raise _needs_token(address) from error
    except RuntimeError as error:  # so Ray tells of other versions of itself and of Python
        if "ersion mismatch" not in str(error):
            raise
        raise _differs(str(error).replace("\n", " ")) from error
    except Exception as error:  # a bare one
        if "timed out during startup" not in str(error):
            raise
        raise InputError(
            "processes of Ray that did not start within half a minute",
            "they start within seconds on a machine that has a core and some memory for them",
            "Give the same command when the machine is less busy",
            parameter="address",
        ) from error


@contextmanager
def _own_end() -> Iterator[None]:
    """Leave it to this process how it ends when it is told to: Ray would end it without a word."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    with suppress(ValueError):  # not the main thread, where Ray changes nothing
        signal.signal(signal.SIGTERM, before)


def _nobody(address: str, reason: str) -> InputError:
    return InputError(
        f"no cluster at {address} ({reason})",
        "a cluster of Ray has to run there",
        "Start one with ray start --head, check the address, or use --address local",
        parameter="address",
    )


def _needs_token(address: str) -> InputError:
    return InputError(
        f"the cluster at {address}, which asks for a token",
        "a cluster that was started with RAY_AUTH_MODE=token takes those who have its token",
        "Put the token of its head into RAY_AUTH_TOKEN, and set RAY_AUTH_MODE=token",
        parameter="address",
    )


def _differs(words: str) -> InputError:
    return InputError(
        f"a cluster that runs something else: {words}",
        "all machines run the same versions of gca-viz, torch, Python and Ray, so that numbers are the same",
        "Install the same on all of them",
        parameter="address",
    )


def _same_program(ray: ModuleType) -> None:
    """Raise :class:`InputError` where a worker would compute with another program."""

    # A function within a function travels whole, so that it runs where gca-viz is not installed, too.
    def facts() -> dict[str, str]:
        import platform

        found = {"Python": platform.python_version()}
        try:
            import torch

            from gca_viz.experiments.tasks import program_id

            return found | {"torch": torch.__version__, "gca-viz": program_id()}
        except ImportError as error:
            return found | {"torch": "", "gca-viz": f"not there ({error})"}

    ours = {"Python": platform.python_version(), "torch": torch.__version__, "gca-viz": program_id()}
    theirs = ray.get(ray.remote(facts).options(num_cpus=1).remote())
    differ = [f"{name} {theirs[name]} there, {ours[name]} here" for name in ours if theirs[name] != ours[name]]
    if differ:
        raise _differs("; ".join(differ))
