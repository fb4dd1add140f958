"""Which columns of a Parquet file are pictures, labels, domains and texts, by their types and names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gca_viz.datasets.content import clean_text, distinct
from gca_viz.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_IMAGES = ("image", "img", "picture", "photo", "image_bytes", "png", "jpg", "bytes")
_LABELS = ("label", "labels", "class", "fine_label", "target", "y")
_DOMAINS = ("domain", "domains")
_TEXTS = ("text", "texts", "caption", "captions", "description", "prompt", "alt_text")
_MOST_NAMED = 8  # columns in a message


@dataclass(frozen=True)
class Columns:
    """Which column of a table is what; names of numbers where the table has them."""

    image: str
    in_struct: bool
    has_path: bool
    label: str | None
    domain: str | None
    text: str | None
    label_names: tuple[str, ...]
    domain_names: tuple[str, ...]


def columns_of(schema: pa.Schema, path: str) -> Columns:
    """Which column is what, by type and name; raises :class:`InputError` where none holds pictures."""
    import pyarrow.types as types

    def holds_bytes(kind: pa.DataType) -> bool:
        return bool(types.is_binary(kind) or types.is_large_binary(kind))

    def field_of(kind: pa.DataType, name: str) -> int:
        return int(kind.get_field_index(name)) if types.is_struct(kind) else -1

    usable = {
        column.name: column.type
        for column in schema
        if holds_bytes(column.type)
        or (field_of(column.type, "bytes") >= 0 and holds_bytes(column.type.field("bytes").type))
    }
    image = next((name for name in _IMAGES if name in usable), next(iter(usable), None))
    if image is None:
        raise InputError(
            f"{path} with the columns {_some(schema)}",
            "a column of encoded pictures is needed, binary or a struct with a field bytes",
            "Save it with a column image; embeddings in a Parquet file are read as embeddings, not as images",
        )
    kinds = dict(zip(schema.names, schema.types, strict=True))

    def says(kind: pa.DataType, *, several: bool) -> bool:
        """Whether a column has one number or text for each row, or several texts."""
        if types.is_list(kind) or types.is_large_list(kind):
            return several and says(kind.value_type, several=False)
        return not (types.is_nested(kind) or types.is_null(kind))

    label, domain, text = (
        next(
            (name for name in known if name in kinds and name != image and says(kinds[name], several=several)), None
        )
        for known, several in ((_LABELS, False), (_DOMAINS, False), (_TEXTS, True))
    )
    return Columns(
        image,
        types.is_struct(usable[image]),
        field_of(usable[image], "path") >= 0,
        label,
        domain,
        text,
        _names_in_metadata(schema.metadata, label),
        _names_in_metadata(schema.metadata, domain),
    )


def _some(schema: pa.Schema) -> str:
    """The first columns, for a message."""
    names = [f"{clean_text(column.name)}: {clean_text(column.type)}" for column in list(schema)[:_MOST_NAMED]]
    return ", ".join((*names, *["…"] * (len(schema) > _MOST_NAMED))) or "none"


def _names_in_metadata(metadata: dict[bytes, bytes] | None, column: str | None) -> tuple[str, ...]:
    """The names of a column's numbers, which Hugging Face keeps beside the schema; none if they are not there."""
    try:
        names = json.loads((metadata or {})[b"huggingface"])["info"]["features"][column]["names"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ()
    return distinct(list(map(str, names))) if isinstance(names, list) else ()
