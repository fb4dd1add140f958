"""A page that is one file and asks nobody for anything: markup, style, program and data."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from gca_viz.files.strict_json import strict_json
from gca_viz.palette import css, table
from gca_viz.ui.elements.board import Batch
from gca_viz.ui.elements.modules import program, style
from gca_viz.ui.elements.shared.wire import Blob

_HERE = Path(__file__).parent
_ELEMENTS = _HERE.parent / "elements"
# Nothing may be fetched, whatever the page holds.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
#: name in Streamlit's theme, which the elements read → name in the palette
_THEME = {"background-color": "ground", "secondary-background-color": "panel", "text-color": "text"} | {
    "border-color": "border",
    "primary-color": "view1",
}


def document(
    title: str, body: str, *, entry: str = "", element: str = "board", data: Mapping[str, Any] | None = None
) -> str:
    """The page.

    Args:
        title: as a browser's tab shows it, plain text.
        body: HTML.
        entry: name of the program in ``js/`` that runs it; none where nothing is alive.
        element: the room of ``ui/elements`` that stands on the page, whose sheet it needs.
        data: what the program reads, JSON.
    """
    script = _SCRIPT.format(program(_HERE / "js" / f"{entry}.js")) if entry else ""
    text = strict_json(data or {}).replace("<", "\\u003c")  # no text can close the element
    return _TEMPLATE.format(
        policy=_POLICY,
        title=escape(title),
        style=css() + theme() + style(_ELEMENTS / element / f"{element}.css") + style(_HERE / "site.css"),
        body=body,
        data=text,
        script=script,
    )


def packed(batch: Batch, frames: Blob) -> dict[str, str]:
    """The parts of a batch and its frames as text."""
    blobs = {"samples": batch.samples, "cost": batch.cost, "targets": batch.targets, "frames": frames}
    return {name: text_of(blob) for name, blob in blobs.items()}


def text_of(blob: Blob) -> str:
    """A blob as text."""
    return base64.b64encode(blob.data).decode()


def theme() -> str:
    """The colours and the font that the elements ask of Streamlit's theme, on a light and on a dark ground."""
    light, dark = (
        " ".join(f"--st-{name}: {table()[ground][own]};" for name, own in _THEME.items())
        for ground in ("light", "dark")
    )
    font = "--st-font: system-ui, sans-serif;"
    return (
        f":root {{ color-scheme: light dark; {light} {font} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )


_SCRIPT = """<script type="module">
{}
start();
</script>"""
_TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<main>
{body}
</main>
<script type="application/json" id="gca-viz">{data}</script>
{script}
</body>
</html>
"""
