"""The words in a module's name, so that names are compared by whole words and never by how they begin."""

from __future__ import annotations

import re

#: words of parts that hold an averaged or held-back copy of a network
_COPY = frozenset({"momentum", "target", "teacher", "ema", "swa", "average", "averaged", "avg", "shadow"})
#: words beside which *key* (as in MoCo's key encoder) names such a copy
_NETWORK = frozenset({"encoder", "network", "net", "backbone", "model", "branch", "projector", "head"})


def words(part: str) -> list[str]:
    """The words of a name in lower case: ``encoder_k``, ``momentumEncoder`` and ``layer1`` have two each."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", part)]


def is_copy(part: str) -> bool:
    """Whether a part of a name says that what is below it was averaged or held back in training."""
    found = words(part)
    rest = set(found) - {"key", "k"}
    is_key = bool(rest) and len(rest) < len(set(found)) and (found[-1] == "k" or rest <= _NETWORK)
    return is_key or bool(_COPY & set(found))
