"""What a command tells while it works."""

import io
import math
import re
import sys

import pytest

from gca_viz.cli import console, main, plan


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def at_once(monkeypatch):
    for name in ("_AFTER", "_FIRST_LINE", "_LATER_LINES", "_REDRAWN_EVERY"):
        monkeypatch.setattr(console, name, 0.0)


def work(told):
    for share in (0.0, 0.5, 1.0):
        told(share, "Solving")


def test_progress_is_a_bar_on_a_terminal_lines_in_a_log_and_nothing_when_quiet(at_once, monkeypatch, capsys):
    with console.progress() as told:
        work(told)
    assert capsys.readouterr() == ("", "  0% Solving\n 50% Solving\n")
    with console.progress(quiet=True) as told:
        work(told)
    assert capsys.readouterr() == ("", "")
    for rich in (True, False):
        if not rich:
            monkeypatch.setitem(sys.modules, "rich.console", None)
        monkeypatch.setattr(sys, "stderr", Terminal())
        with console.progress() as told:
            work(told)
        assert "50%" in sys.stderr.getvalue() or "100%" in sys.stderr.getvalue()
        assert ("####" in sys.stderr.getvalue()) is not rich


def test_json_is_strict_and_a_table_is_aligned(capsys):
    console.print_json({"a": math.nan, "b": (math.inf, 1), "ε": 2.5})
    assert re.sub(r"\s", "", capsys.readouterr().out) == '{"a":null,"b":[null,1],"ε":2.5}'
    assert console.table([["", "x"], ["long", "1.25"]]) == "         x\nlong  1.25"


def test_a_file_is_there_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    console.write(tmp_path / "a.txt", "ε")
    assert (tmp_path / "a.txt").read_text("utf-8") == "ε"
    with pytest.raises(Exception, match="cannot be written"):
        console.write(tmp_path, "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(("error", "status", "told"), [(KeyboardInterrupt, 1, "Stopped before it was done.\n")])
def test_ctrl_c_ends_with_a_sentence(error, status, told, monkeypatch, capsys):
    def stopped(chosen, told, **_):
        raise error

    monkeypatch.setattr(plan, "read_recipe", stopped)
    assert main(["plan"]) == status
    assert capsys.readouterr() == ("", told)


def test_the_whole_command_line_tells_its_version_and_what_it_lacks(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out.startswith("gca-viz 0.")
    assert main(["paln"]) == 2 and "invalid choice: 'paln'" in capsys.readouterr().err
    assert main([]) == 2
