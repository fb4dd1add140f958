"""Packages whose names are imported at their first use: for a user they are there all the same."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import gca_viz

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
