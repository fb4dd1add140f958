"""Packages that come with an extra of this one."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from gca_viz.errors import InputError


def need(module: str, extra: str) -> ModuleType:
    """Import a module that an extra brings.

    Args:
        module: its name.
        extra: of gca-viz, e.g. ``"hub"``.

    Raises:
        InputError: the module, or something that it imports, is not installed or does not fit what is.
    """
    try:
        return importlib.import_module(module)
    # A torchvision built for another torch raises RuntimeError.
    except (ImportError, RuntimeError) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        raise InputError(
            f"no package {missing}" if missing else f"a package {module} that cannot be imported ({error})",
            f"{module} and all that it needs come with the extra [{extra}]",
            f"Install {'it' if missing else 'versions that fit each other'} with: pip install 'gca-viz[{extra}]'",
        ) from error


def check_there(extra: str, *modules: str) -> None:
    """Raise :class:`InputError` where an extra is missing, without the seconds that importing it takes.

    Args:
        extra: of gca-viz.
        modules: top-level ones that it brings.
    """
    for module in modules:
        if importlib.util.find_spec(module) is None:
            need(module, extra)


def folder_of(package: str, extra: str) -> Path:
    """The folder of a package that an extra brings, imported as :func:`need` does; raises as it does."""
    (folder,) = need(package, extra).__path__
    return Path(folder)
