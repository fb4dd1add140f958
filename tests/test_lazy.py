"""Packages whose names are imported at their first use: for a user they are there all the same."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gca_viz
from gca_viz.ui.pages.learn.lesson import FIRST
from gca_viz.ui.pages.learn.registry import LESSONS

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "gca_viz",
    "gca_viz.cluster",
    "gca_viz.datasets",
    "gca_viz.encoders",
    "gca_viz.experiments.train",
    "gca_viz.monitor",
    "gca_viz.transport",
    "gca_viz.views",
)
HEAVY = ("torch", "pandas", "sklearn", "streamlit", "plotly", "kornia")


def _for_type_checkers(package) -> dict[str, str]:
    """Public name → module, as the block under TYPE_CHECKING says."""
    tree = ast.parse(Path(package.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {alias.name: node.module for node in block.body for alias in node.names}


@pytest.mark.parametrize("name", PACKAGES)
def test_what_type_checkers_see_is_what_is_there(name):
    package = importlib.import_module(name)
    homes = _for_type_checkers(package)
    assert list(package.__all__) == sorted(homes, key=lambda of: (not of.isupper(), of[0].islower(), of))
    assert set(package.__all__) <= set(dir(package))
    for public, module in homes.items():
        value = getattr(package, public)
        assert value is getattr(importlib.import_module(module), public)
        assert not (Path(package.__file__).parent / f"{public}.py").exists()  # it would take the name's place


@pytest.mark.parametrize("name", PACKAGES)
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"'{name}' has no attribute 'alingn'"):
        importlib.import_module(name).alingn  # noqa: B018
    with pytest.raises(ImportError, match="alingn"):
        exec(f"from {name} import alingn")


def test_every_module_is_listed_here():
    lazy = [
        path for path in Path(gca_viz.__file__).parent.rglob("__init__.py") if "public_names" in path.read_text()
    ]
    found = {".".join(path.parent.relative_to(Path(gca_viz.__file__).parents[1]).parts) for path in lazy}
    assert found == set(PACKAGES)


@pytest.mark.parametrize(
    "module", [*PACKAGES, "gca_viz.experiments.recipe.recipe", "gca_viz.experiments.train.recipe"]
)
def test_describing_needs_none_of_the_large_packages(module):
    code = f"import sys, {module}; print(*sorted({{*{HEAVY}}} & {{*sys.modules}}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


def _large(code: str, **environment: str) -> set[str]:
    """Which large packages a process has imported that ran the code."""
    code += f"; import sys; print('found', *{{*{HEAVY}, 'scipy', 'numba'}} & {{*sys.modules}})"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | environment
    )
    return set(found.stdout.splitlines()[-1].split()[1:])


def test_what_the_first_page_draws_its_plan_with_needs_no_tables():
    assert _large("import gca_viz.ui.pages.alignment.page") == {"torch", "streamlit", "plotly"}


def test_the_first_page_needs_neither_tables_nor_what_measures_nor_what_changes_images(tmp_path):
    code = (
        "from streamlit.testing.v1 import AppTest; from gca_viz.ui.pages.alignment import page; "
        "page.warm_up_pages = lambda: None; "  # which imports what other pages need
        f"test = AppTest.from_file({str(ROOT / 'app.py')!r}, default_timeout=120).run(); "
        "assert not test.exception and test.title"
    )
    assert _large(code, GCA_VIZ_CACHE=str(tmp_path)) == {"torch", "streamlit", "plotly"}


def test_the_link_to_the_first_lesson_is_to_the_first():
    assert next(iter(LESSONS)) == FIRST
