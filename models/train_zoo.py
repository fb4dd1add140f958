"""Train every bundled checkpoint: ``python models/train_zoo.py`` (about four hours on one core).

A developer's tool, not needed by the app. Runs go to ``runs/`` and are resumed where they stopped; what they end
with is copied here, each with its place in the app's list. Names on the command line train only these; a group
(``networks``, ``heads``, ``courses``) stands for all of its own; ``--table`` prints what the cards say. Heads take
seconds, once the network below them has seen their views, which takes it half an hour.
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
ZooPart = dict[str, tuple[str, tuple[str, ...]]]
#: of "ince" that are kept
EPOCHS = (0, 1, 2, 5, 10, 20, 50)


def prior(alpha: float, beta: float) -> tuple[str, ...]:
    """Sinkhorn towards a domain prior of which the pair keeps a fixed share: 0.7 of each row."""
    options = {"target": "domain", "share": 0.7, "alpha": alpha, "beta": beta}
    return (
        "--method",
        "gca-ince",
        *(word for key, value in options.items() for word in (f"--{key}", str(value))),
    )


#: name → title and how it is trained, in the order of the app's list
ZOO: ZooPart = {
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

#: what the heads stand on, and their first place in the list, behind all that is not trained here
BELOW, FIRST_HEAD = "efficientnet-lite0-224", 30
# An epoch is two batches of 256 images, so that many make a training.
HEAD = ("--on", BELOW, "--data", "things", "--epochs", "200")
#: method → what the title of its head begins with; the first few are trained with other views, too
METHODS = {
    "ince": "InfoNCE",
    "gca-ince": "GCA-INCE",
    "gca-uot": "GCA-UOT",
    "rince": "RINCE",
    "gca-rince": "GCA-RINCE",
    "simclr": "SimCLR",
    "clip": "Symmetric InfoNCE",
    "byol": "BYOL",
    "iot": "IOT",
    "iot-uni": "IOT-uni",
}
OF_OTHER_VIEWS = 5


def heads(kind: str = "", ending: str = "", views: tuple[str, ...] = (), methods: int = len(METHODS)) -> ZooPart:
    """The heads that see the same views.

    Args:
        kind, ending: what their names and titles say of these.
        views: as they are asked for.
        methods: how many.
    """
    return {
        f"things-{kind}{method}": (
            f"{METHODS[method]} head (things{ending})",
            (*HEAD, *(UOT if method == "gca-uot" else ("--method", method)), *views),
        )
        for method in list(METHODS)[:methods]
    }


#: the same of the heads
HEADS: ZooPart = {
    "things-random": ("Untrained head (things)", (*HEAD, "--method", "random")),
    **heads(),
    **heads("cross-", ", same class", ("--views", "cross-class"), OF_OTHER_VIEWS),
    **heads("noisy-", ", noisy views", NOISY, OF_OTHER_VIEWS),
}
#: heads for the emoji, their styles in several hands or one after the other; all on the same eight views
EMOJI = (
    *("--on", BELOW, "--data", "emoji", "--method", "ince"),
    *("--embedded-views", "8", "--epochs", "30", "--knn-every", "1"),
)
IN_TURN = (*EMOJI, "--in-turn", "style")
COURSES: ZooPart = {
    "style-clients": ("InfoNCE head (emoji, four style clients)", (*EMOJI, "--clients", "style")),
    "styles-in-turn-100": ("InfoNCE head (emoji, styles in turn, 100 kept)", (*IN_TURN, "--buffer", "100")),
    "styles-in-turn": ("InfoNCE head (emoji, styles in turn)", IN_TURN),
}
GROUPS = {"networks": ZOO, "heads": HEADS, "courses": COURSES}
#: the runs whose checkpoints can be played
SERIES = ("ince", "styles-in-turn")


def main(names: list[str]) -> None:
    """Train the given runs, or all."""
    for name in [one for asked in names or GROUPS for one in GROUPS.get(asked, [asked])]:
        title, words = (ZOO | HEADS | COURSES)[name]
        run = Path("runs") / name
        command = [sys.executable, "-m", "gca_viz.cli", "train", run.as_posix(), "--title", title, *words]
        subprocess.run([*command, *(["--resume"] if (run / "recipe.json").exists() else [])], check=True)
        last = max(run.glob("epoch-*.safetensors"))
        if name != "styles-in-turn":  # whose last phase is among those that are played
            install(last, *place_of(name))
        if name in SERIES:
            for path in sorted(run.glob("epoch-*.safetensors")):
                install(path, MODELS / "runs" / name / path.name, int(path.stem.partition("-")[2]))


def place_of(name: str) -> tuple[Path, int]:
    """Where a checkpoint lies, and its place in the list."""
    on_top = [*HEADS, *COURSES]
    if name in on_top:
        return MODELS / "heads" / BELOW / f"{name}.safetensors", FIRST_HEAD + on_top.index(name)
    return MODELS / f"{name}.safetensors", list(ZOO).index(name) + 1


def table(group: str, output: str) -> str:
    """The cards of a group as a Markdown table, one of their outputs on held-out families."""
    columns = (
        "knn_class",
        "linear_class",
        "balanced_class",
        "leave_one_domain_out",
        "linear_domain",
        "cross_domain_r1",
    )
    rows = [f"| checkpoint | {' | '.join(columns)} | seconds |", "|---" * (len(columns) + 2) + "|"]
    for name in GROUPS[group]:
        card = json.loads(place_of(name)[0].with_suffix(".json").read_text("utf-8"))
        found = card["held_out"][output]
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
        print(table("networks", "backbone"), table("heads", "projector"), sep="\n\n")
    else:
        main(sys.argv[1:])
