"""Names of models of transformers and timm: their form, and who may use them."""

from __future__ import annotations

import re

from gca_viz.errors import InputError
from gca_viz.settings.server import HUB

VARIABLE = HUB.variable
#: how they begin
PREFIXES = ("timm:", "transformers:")
# A name, never a path: what may be read from the disk is for whoever opens a folder to say.
_NAME = re.compile(r"(?:timm:(?:hf-hub:)?|transformers:)(?:\w[\w.-]*/)?\w[\w.-]*")


def is_hub_name(text: str) -> bool:
    """Whether a text begins as the name of a model; :func:`parted` says whether it is one."""
    return text.startswith(PREFIXES)


def parted(name: str) -> tuple[str, str]:
    """The library and the identifier in a name, as in ``("timm", "resnet18")``; raises :class:`InputError`."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"encoder = {name!r}",
            "a model is a folder with config.json and model.safetensors, transformers:<id> or timm:<id>",
            "Check the path or the name",
            parameter="encoder",
        )
    library, _, identifier = name.partition(":")
    return library, identifier


def hub_is_open() -> bool:
    """Whether browsers may name models of the hub: ``GCA_VIZ_HUB=1`` in the environment of the app."""
    return bool(HUB.value)


def allowed_name(text: str) -> str:
    """The name of a model that a browser asks for.

    Raises:
        InputError: the hub is not open to browsers, or anybody's weights are asked for that timm might unpickle.
    """
    name = text.strip()
    if not hub_is_open():
        raise InputError(
            f"the model {name}",
            "no model hub is opened to browsers",
            f"Start the app with {VARIABLE}=1",
            parameter="encoder",
        )
    if name.startswith("timm:hf-hub:"):
        raise InputError(
            f"the model {name}",
            "from a browser, models of timm are those that it has a name for; others may hold pickles",
            "Use transformers:<id>, or load it in Python",
            parameter="encoder",
        )
    return name
