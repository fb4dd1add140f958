"""A few rules in place of a plan: a tree that names a row's class by how much mass the row sends to each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.tree import DecisionTreeClassifier, export_text

from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.geometry.probes import folds
from gca_viz.labels import UNLABELLED
from gca_viz.transport import Plan

DEEPEST = 10
_DIGITS = 6  # beyond, shares differ by rounding


@dataclass(frozen=True, eq=False)
class ClassShares:
    """Where the rows of a plan that have a class send their mass.

    The batch is in five parts with all classes, and a row is read on the columns of the other four alone. To leave
    out its pair alone would tell its class: of a plan that knows nothing, its own class would be the one in which a
    column is missing, and a tree would find that.

    Attributes:
        shares: (rows, C) share of that mass on each class; 0 for a row that sends nothing there.
        labels: (rows,) class of each row, a number of ``classes``.
        part: (rows,) in which part of the batch it is.
        sample: (rows,) which sample it shows.
        classes: (C,) the classes of the batch, ascending.
    """

    shares: np.ndarray
    labels: np.ndarray
    part: np.ndarray
    sample: np.ndarray
    classes: np.ndarray

    @property
    def vote(self) -> np.ndarray:
        """(rows,) the class with most of the mass; of equals the first."""
        found: np.ndarray = self.classes[self.shares.argmax(1)]
        return found


@dataclass(frozen=True, eq=False)
class ClassTree:
    """A tree on class shares.

    Attributes:
        leaves: number of its rules, fitted on all rows.
        predicted: (rows,) the class that trees of that depth, fitted on the other parts of the batch, name.
        fitted: the tree of all rows.
    """

    leaves: int
    predicted: np.ndarray
    fitted: DecisionTreeClassifier

    def text(self, names: Sequence[str]) -> str:
        """Its rules, a line each.

        Args:
            names: of the classes, in the order of the columns of the shares.
        """
        found: str = export_text(self.fitted, feature_names=[f"mass on {name}" for name in names], decimals=2)
        for number, place in enumerate(self.fitted.classes_):
            found = found.replace(f"class: {place}\n", f"→ {names[number]}\n")
        return found.rstrip()


def class_shares(plan: Plan, labels: np.ndarray) -> ClassShares:
    """The class shares of a plan.

    Args:
        plan: with a pairing.
        labels: (N,) class of each sample, (N + Q,) with those of a queue, which is in no part; −1 without.
    """
    pairing = pairing_of(plan)
    labels = np.pad(labels, (0, pairing.members - len(labels)), constant_values=UNLABELLED)
    part = np.pad(folds(labels[: pairing.samples]), (0, len(labels) - pairing.samples), constant_values=-1)
    row, column = pairing.row_sample.cpu().numpy(), pairing.column_sample.cpu().numpy()
    mass = plan.detach().matrix.cpu().numpy().astype(np.float64) * (part[row][:, None] != part[column])
    classes = np.unique(labels[labels != UNLABELLED])
    on = mass @ (labels[column][:, None] == classes)
    total = on.sum(1, keepdims=True)
    shares = (on / np.where(total > 0, total, 1)).round(_DIGITS)
    named = labels[row] != UNLABELLED
    return ClassShares(shares[named], labels[row][named], part[row][named], row[named], classes)


def class_tree(of: ClassShares, depth: int) -> ClassTree:
    """A tree of at most that depth; each row is asked of one that never saw its part of the batch.

    Args:
        of: rows of at least two parts.
        depth: 1 … 10, questions until a class is named.
    """
    predicted = np.empty_like(of.labels)
    for number in np.unique(of.part):
        seen, asked = of.part != number, of.part == number
        predicted[asked] = _fit(of, seen, depth).predict(of.shares[asked])
    fitted = _fit(of, np.ones(len(of.part), bool), depth)
    return ClassTree(int(fitted.get_n_leaves()), predicted, fitted)


def _fit(of: ClassShares, which: np.ndarray, depth: int) -> DecisionTreeClassifier:
    return DecisionTreeClassifier(max_depth=depth, random_state=0).fit(of.shares[which], of.labels[which])


def on_front(leaves: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """bool (points,): which no other point beats with as few leaves and as much accuracy, and is not its equal."""
    fewer = leaves[None] <= leaves[:, None]
    better = accuracy[None] >= accuracy[:, None]
    other = (leaves[None] != leaves[:, None]) | (accuracy[None] != accuracy[:, None])
    found: np.ndarray = ~(fewer & better & other).any(1)
    return found
