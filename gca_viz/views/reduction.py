"""How many views a sample has and what becomes of them, described; ``embedding/reduce.py`` carries it out."""

from __future__ import annotations

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Choice, Parameter

COUNT = Parameter(
    "views_count",
    "m",
    "Number of views",
    2,
    2,
    16,
    2,
    8,
    integer=True,
    help="Number of random views of each image, m. Two embeddings of them become its row and its column.",
)
PAIR, WORST, MEAN, POSTERIOR = "pair", "worst", "mean", "posterior"
REDUCE = Choice(
    "reduce",
    "Row and column are",
    (PAIR, WORST, MEAN, POSTERIOR),
    PAIR,
    "pair: the first two views; worst: of each sample the two that lie farthest apart (ArCL); mean: the mean "
    "directions of half of the views each; posterior: the same, and the spread of all views is the variance.",
)


def kinds(count: int, how: str, *, two_kinds: bool) -> tuple[list[int], list[int]]:
    """Numbers of the views that a row and a column are made of; under ``"worst"``, of their candidates.

    Raises:
        InputError: an odd number of views where halves are asked for.
    """
    numbers = list(range(count))
    if how == PAIR:
        return [0], [1]
    if two_kinds and not (how in (MEAN, POSTERIOR) and count % 2):
        return numbers[::2], numbers[1::2]
    if how == WORST:
        return numbers, numbers
    if count % 2:
        raise InputError(
            f"{count} views of which half are averaged",
            "an even number of views has halves",
            f"Use {count + 1} views, or 'worst'",
            parameter=COUNT.name,
        )
    return numbers[: count // 2], numbers[count // 2 :]
