"""Train every bundled checkpoint: ``python models/train_zoo.py`` (about three hours on one core).

A developer's tool, not needed by the app. Runs go to ``runs/`` and are resumed where they stopped; what they end
with is copied here, each with its place in the app's list. Names on the command line train only these;
``--table`` prints what the cards say.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

MODELS = Path(__file__).resolve().parent
UOT = ("--method", "gca-uot", "--lambda1", "1", "--lambda2", "1")
CROSS_STYLE = ("--views", "cross-style-simclr")
NOISY = ("--views", "noisy")
#: the run whose epochs can be played
SERIES, EPOCHS = "ince", (0, 1, 2, 5, 10, 20, 50)


def prior(alpha: float, beta: float) -> tuple[str, ...]:
    """Sinkhorn towards a domain prior of which the pair keeps a fixed share: 0.7 of each row."""
    options = {"target": "domain", "share": 0.7, "alpha": alpha, "beta": beta}
    return (
        "--method",
        "gca-ince",
        *(word for key, value in options.items() for word in (f"--{key}", str(value))),
    )


#: name → title and how it is trained, in the order of the app's list
ZOO: dict[str, tuple[str, tuple[str, ...]]] = {
    "random": ("Random initialisation", ("--method", "random")),
    "ince": ("InfoNCE", ("--method", "ince", "--save-at", ",".join(map(str, EPOCHS)))),
    "gca-ince": ("GCA-INCE (Sinkhorn)", ("--method", "gca-ince")),
    "gca-uot": ("GCA-UOT (unbalanced)", UOT),
    "simclr": ("SimCLR (NT-Xent)", ("--method", "simclr")),
    "clip": ("Symmetric InfoNCE (as in CLIP)", ("--method", "clip")),
    "byol": ("BYOL", ("--method", "byol")),
    "rince": ("RINCE (robust InfoNCE)", ("--method", "rince")),
    "gca-rince": ("GCA-RINCE (robust Sinkhorn)", ("--method", "gca-rince")),
    "ince-cross-style": ("InfoNCE, cross-style positives", ("--method", "ince", *CROSS_STYLE)),
    "gca-uot-cross-style": ("GCA-UOT, cross-style positives", (*UOT, *CROSS_STYLE)),
    "ince-labels": ("InfoNCE, classes as target (supervised)", ("--method", "ince", "--target", "label")),
    "domain-apart": ("GCA-INCE, prior for other styles (α − β = −0.4)", prior(0.1, 0.5)),
    "domain-even": ("GCA-INCE, even prior (α − β = 0)", prior(0.3, 0.3)),
    "domain-together": ("GCA-INCE, prior for the same style (α − β = 0.4)", prior(0.5, 0.1)),
    "noisy-ince": ("InfoNCE, noisy views", ("--method", "ince", *NOISY)),
    "noisy-rince": ("RINCE, noisy views", ("--method", "rince", *NOISY)),
    "noisy-gca-ince": ("GCA-INCE, noisy views", ("--method", "gca-ince", *NOISY)),
    "noisy-gca-uot": ("GCA-UOT, noisy views", (*UOT, *NOISY)),
}


def main(names: list[str]) -> None:
    """Train the given runs, or all."""
    for name in names or ZOO:
        title, words = ZOO[name]
        run = Path("runs") / name
        command = [sys.executable, "-m", "gca_viz.cli", "train", run.as_posix(), "--title", title, *words]
        subprocess.run([*command, *(["--resume"] if (run / "recipe.json").exists() else [])], check=True)
        last = max(run.glob("epoch-*.safetensors"))
        install(last, MODELS / f"{name}.safetensors", list(ZOO).index(name) + 1)
        if name == SERIES:
            for path in sorted(run.glob("epoch-*.safetensors")):
                install(path, MODELS / "runs" / name / path.name, int(path.stem.partition("-")[2]))


def table() -> str:
    """The cards as a Markdown table, backbone features on held-out families."""
    columns = (
        "knn_class",
        "linear_class",
        "balanced_class",
        "leave_one_domain_out",
        "linear_domain",
        "cross_domain_r1",
    )
    rows = [f"| checkpoint | {' | '.join(columns)} | seconds |", "|---" * (len(columns) + 2) + "|"]
    for name in ZOO:
        card = json.loads((MODELS / f"{name}.json").read_text("utf-8"))
        found = card["held_out"]["backbone"]
        rows.append(f"| `{name}` | {' | '.join(f'{found[key]:.3f}' for key in columns)} | {card['seconds']:.0f} |")
    return "\n".join(rows)


def install(source: Path, target: Path, order: int) -> None:
    """Copy a checkpoint and its card, with the place in its list."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    card = json.loads(source.with_suffix(".json").read_text("utf-8")) | {"order": order}
    target.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print(table())
    else:
        main(sys.argv[1:])
