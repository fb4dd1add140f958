"""JSON that every reader takes: what is not finite becomes null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def strict_json(values: Any, *, indent: int | None = None) -> str:
    """Text of nested mappings, lists and numbers; keys become text, and NaN and infinities null."""
    return json.dumps(_finite(values), indent=indent, ensure_ascii=False, allow_nan=False)


def _finite(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {str(key): _finite(value) for key, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_finite(value) for value in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values
