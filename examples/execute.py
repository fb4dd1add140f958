"""Run the notebooks of this folder in place, so that their outputs are those of the present code.

    pip install 'gca-viz[examples]'
    python examples/execute.py                     # all of them
    python examples/execute.py iterations.ipynb    # one

Figures are stored as PNG of 256 colours, which every code host shows and which stays small; kaleido draws them with
the Chromium of the machine. In a live notebook they are interactive.
"""

from __future__ import annotations

import base64
import io
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

HERE = Path(__file__).parent
COLOURS = 256


def execute(notebook: nbformat.NotebookNode, folder: Path, *, renderer: str = "png") -> nbformat.NotebookNode:
    """Run every cell and keep its outputs.

    Args:
        notebook: is changed in place and returned.
        folder: in which it runs, and writes what it writes.
        renderer: of plotly, for the outputs that are kept.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell that fails.
    """
    place = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=300, record_timing=False, resources=place)
    client.execute(env=os.environ | {"PLOTLY_RENDERER": renderer})
    notebook.metadata = {  # which says nothing of the machine
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def lighten(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Store its pictures with a palette, a third of their size; the notebook is changed in place and returned."""
    for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
        if png := output.get("data", {}).get("image/png"):
            drawn = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
            kept = io.BytesIO()
            drawn.quantize(COLOURS).save(kept, "PNG", optimize=True)
            output["data"]["image/png"] = base64.b64encode(kept.getvalue()).decode()
    return notebook


def main(names: list[str]) -> None:
    """Run the named notebooks, or all."""
    for path in [HERE / name for name in names] or sorted(HERE.glob("*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(lighten(execute(nbformat.read(path, 4), Path(folder))), path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
