"""``python -m benchmarks.paper.batches``: does Sinkhorn matter more in small batches, few or uneven classes?"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.paper.experiment import Cell, Experiment, Point, Question, extremes, main
from benchmarks.paper.trials import BASE, UOT, images_of

#: training images → batch sizes; the others have too few images for larger ones
SIZES = {"all": (32, 64, 128, 256, 512), "two classes": (32, 64, 128), "long tail": (32, 64, 128)}
METHODS = {"ince": (), "gca-ince": (), "gca-uot": UOT}
STEPS = 100  # of each run, whatever the batch
SOURCE = "not in the paper"


def build(quick: bool = False) -> Experiment:
    """The cells and the comparisons."""
    sizes = {"all": (32, 128)} if quick else SIZES
    cells = {
        (rows, size, name): Cell(
            replace(
                BASE,
                method=name,
                options=options,
                batch_size=size,
                epochs=max(1, round(STEPS / (images_of(rows) // size))),
            ),
            rows,
        )
        for rows, those in sizes.items()
        for size in those
        for name, options in METHODS.items()
    }
    questions = []
    for rows, those in sizes.items():
        for name in ("gca-ince", "gca-uot"):
            questions += [
                Question(
                    f"{name} is above ince: batches of {size}, {rows}",
                    SOURCE,
                    cells[rows, size, name],
                    cells[rows, size, "ince"],
                )
                for size in those
            ]
    return Experiment(
        name="batches",
        title="Batch size, few classes and uneven ones",
        about="Heads on EfficientNet-Lite0, trained on `things` for about 100 steps whatever the batch: all "
        "training images, those of the two largest classes alone, and a long tail, in which each next class has "
        "half as many. Measured on all held-out images.",
        x="images in a batch",
        points=[Point(rows, name, size, cell) for (rows, size, name), cell in cells.items()],
        questions=questions,
        told=extremes,
    )


if __name__ == "__main__":
    main(build)
