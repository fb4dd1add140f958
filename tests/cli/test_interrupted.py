"""Whatever ends a command from outside, no half of a file stays."""

import os
import signal
from pathlib import Path

import pytest

COMMANDS = {
    "plan": ("a.npz", "a.csv"),
    "sweep": ("a.csv",),
    "family": ("a.csv",),
    "embed": ("a.npz", "a.parquet"),
    "report": ("a.html", "a.zip"),
}
FEW = ("--n", "8", "--encoder", "random", "--vs", "none", "--points", "2", "--seeds", "1", "-q")


@pytest.fixture(autouse=True)
def as_before():
    """The handlers of this process stay its own; who started it may ignore signals, as nohup and & do."""
    usual = dict.fromkeys((signal.SIGTERM, signal.SIGHUP), signal.SIG_DFL)
    usual[signal.SIGINT] = signal.default_int_handler
    kept = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("command", "file", "name"),
    [
        *((command, file, "SIGINT") for command, files in COMMANDS.items() for file in files),
        ("plan", "a.csv", "SIGTERM"),
        ("plan", "a.csv", "SIGHUP"),
    ],
)
def test_an_end_in_the_middle_of_writing_leaves_what_was_there(command, file, name, tmp_path, monkeypatch, gca_viz):
    write = Path.write_bytes

    def half(path, content):
        write(path, content[: len(content) // 2])
        os.kill(os.getpid(), getattr(signal, name))

    (tmp_path / file).write_text("before")
    monkeypatch.setattr(Path, "write_bytes", half)
    said = gca_viz(command, *FEW, "--output", tmp_path / file)
    assert said.status == 1 and "Stopped before it was done." in said.err
    assert [path.name for path in tmp_path.iterdir()] == [file]
    assert (tmp_path / file).read_text() == "before"


def test_a_command_that_ignores_a_closed_terminal_goes_on_doing_so(gca_viz):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    gca_viz("completion", "tcsh")
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
