import importlib

import pytest

from gca_viz.errors import InputError
from gca_viz.extras import need


def test_a_module_that_is_there_is_imported():
    assert need("json", "hub").loads("[1]") == [1]


def test_a_missing_module_names_its_extra():
    with pytest.raises(InputError, match=r"no package no_such_module_.*\[hub\].*pip install 'gca-viz\[hub\]'"):
        need("no_such_module_", "hub")


def test_what_a_module_misses_is_named(tmp_path, monkeypatch):
    (tmp_path / "needs_vision.py").write_text("import no_such_vision")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"no package no_such_vision; needs_vision and all that it needs"):
        need("needs_vision", "hub")


@pytest.mark.parametrize("error", [ImportError("a name is gone"), RuntimeError("operator does not exist")])
def test_a_module_that_does_not_fit_says_why(monkeypatch, error):
    def fail(name):
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(InputError, match=f"timm that cannot be imported \\({error}\\).*gca-viz\\[hub\\]"):
        need("timm", "hub")
