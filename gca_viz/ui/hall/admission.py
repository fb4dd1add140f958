"""How many visitors one server process has at once."""

from __future__ import annotations

from threading import Lock

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gca_viz.settings.server import MAX_SESSIONS

_KEPT = 10_000  # sessions that left and may come back, at most
_admitted: dict[str, None] = {}  # their ids, in the order of their coming
_lock = Lock()


def admit() -> bool:
    """Whether the visitor whose page is drawn now may stay: there is room, or they are in already.

    Who was let in stays so while their session lives, also through a broken connection, so that nobody loses
    uploads to somebody who came later. A tab that is closed or loaded anew makes room at once.
    """
    most, context = MAX_SESSIONS.value, get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():  # no server: a test, or a script run by hand
        return True
    with _lock:
        if context.session_id not in _admitted:
            if most is not None and _inside() >= most:
                return False
            _admitted[context.session_id] = None
            _forget()
        return True


def visitors() -> int:
    """Visitors who are in and whose page is open."""
    with _lock:
        return _inside() if runtime.exists() else 0


def full() -> bool:
    """Whether the next visitor would be turned away."""
    most = MAX_SESSIONS.value
    return most is not None and visitors() >= most


def _inside() -> int:
    server = runtime.get_instance()
    return sum(map(server.is_active_session, _admitted))


def _forget() -> None:
    """Let go of those who left longest ago."""
    server = runtime.get_instance()
    for session in list(_admitted)[: max(0, len(_admitted) - _KEPT)]:
        if not server.is_active_session(session):
            del _admitted[session]
