"""What page and report say of the few rules that stand for a plan: sentences, figure and the trees in words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import plotly.graph_objects as go

from gca_viz.experiments.compare.result import CompareResult
from gca_viz.experiments.compare.rules import rules_sentence
from gca_viz.figures.rules import pareto
from gca_viz.geometry.class_tree import class_shares, class_tree

CAPTION = (
    "Each dot is a decision tree that names a row’s class by the shares of its mass on the classes; right is "
    "the share of rows of whose part of the batch it saw nothing (five parts; a row is read on the columns of "
    "the others, so that no missing column tells its class). Large dots: trees of the chosen depth, with 95 % "
    "intervals over samples; diamonds and the line: the front, trees that no other beats with as few rules and "
    "as much accuracy; dashed: the plan’s own vote for the class with most mass, of A and of B."
)


def rules_figure(found: CompareResult, frame: pd.DataFrame) -> go.Figure:
    """Accuracy over the number of rules."""
    a, b = (member.label for member in found.compared.pair)
    return pareto(frame, a, b, found.recipe.compare.depth)


def rules_texts(found: CompareResult, frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Of A and of B: a computed sentence, and the rules of the tree of the chosen depth, fitted on all rows."""
    depth, dataset = found.recipe.compare.depth, found.batch.dataset
    for member in found.compared.pair:
        of = class_shares(member.plan, member.labels)
        names = [dataset.class_titles[number] for number in of.classes]
        yield rules_sentence(frame, member.label, depth), class_tree(of, depth).text(names)
