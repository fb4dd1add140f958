"""What a recipe comes to: its plan, the one beside it, and what can be read from both at the half step chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from time import perf_counter
from typing import NamedTuple, TypeVar

import numpy as np

from gca_viz.datasets import Batch, order
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.beside import check_beside, shared_layout
from gca_viz.experiments.plan.convergence_check import ConvergenceCheck, check_convergence
from gca_viz.experiments.plan.further_columns import FurtherColumns
from gca_viz.experiments.plan.summary import headline, readings, remarks
from gca_viz.experiments.recipe.recipe import MethodRecipe, Recipe
from gca_viz.geometry.plan_parts import pairing_of, target_of
from gca_viz.labels import UNLABELLED
from gca_viz.progress import ReportProgress
from gca_viz.transport import METHODS, Plan
from gca_viz.views import VIEWS

R = TypeVar("R", bound="PlanResult")


class RowGroup(NamedTuple):
    """Rows of one class or domain that stand together on a picture.

    Attributes:
        name: of the class or domain.
        size: how many rows.
        number: its index in the data set; below 0 without label.
    """

    name: str
    size: int
    number: int


@dataclass(frozen=True, eq=False)
class PlanResult:
    """The plans of a recipe.

    Attributes:
        recipe: what was computed.
        plan: the plan of its method; ``reference`` the one beside it, or None.
        reference_problem: why there is none although one was asked for, or None.
        seconds: how long the computation took.
    """

    recipe: Recipe
    plan: Plan
    reference: Plan | None
    reference_problem: InputError | None
    seconds: float

    @classmethod
    def of(cls: type[R], recipe: Recipe, progress: ReportProgress | None = None) -> R:
        """Compute, or take from the cache.

        Args:
            recipe: what to compute.
            progress: called with the share done and what is being done; may raise to cancel.

        Raises:
            InputError: the recipe makes no sense.
        """
        start, report_progress = perf_counter(), progress or (lambda share, what: None)
        engine.embeddings_of(recipe.inputs, progress=report_progress)
        plan = engine.plan_of(recipe.inputs, recipe.method, progress=_solving(recipe.method, report_progress))
        reference, problem = None, None
        beside = recipe.method.beside
        if beside is not None:
            try:
                check_beside(recipe.method, beside)
                reference = engine.plan_of(recipe.inputs, beside, progress=_solving(beside, report_progress))
            except InputError as error:
                problem = error
        report_progress(1.0, "Done")
        return cls(recipe, plan, reference, problem, perf_counter() - start)

    @property
    def batch(self) -> Batch:
        """The batch."""
        return engine.batch_of(self.recipe.data)

    @property
    def domains(self) -> np.ndarray:
        """Domain of each sample in each view, 2 × N."""
        return engine.domains_of(self.recipe.data, self.recipe.views)

    def credit(self, sample: int, view: int) -> str:
        """Author and licence of the image of a sample in a view, where images have their own; else nothing."""
        credits = self.batch.dataset.credits
        if not credits or (view == 1 and engine.views_of(self.recipe.data, self.recipe.views).texts):
            return ""
        return credits[self._image(sample, view)]

    def name(self, sample: int, view: int) -> str:
        """What the image of a sample in a view is called: view 2 may start from another image.

        A sample beyond the batch is one of the queue, or a prototype with the image that lies nearest.
        """
        return self.further.called(sample, self.batch.dataset.names[self._image(sample, view)])

    def kind(self, sample: int, view: int) -> tuple[str, str]:
        """Class and domain of a sample as shown in a view; nothing of a prototype, which has none."""
        if self.further.is_prototype(sample):
            return "", ""
        data, index = self.further.place(sample)
        dataset, label = self.batch.dataset, engine.batch_of(data).labels[index]
        domain = engine.domains_of(data, self.recipe.views)[view, index]
        return dataset.class_titles[label], dataset.domain_titles[domain]

    def _image(self, sample: int, view: int) -> int:
        """The image of a sample in a view, an index into the data set."""
        data, index = self.further.place(sample)
        images = engine.second_of(data, self.recipe.views) if view == 1 else engine.batch_of(data).indices
        return int(images[index])

    @cached_property
    def further(self) -> FurtherColumns:
        """Who the columns beyond the batch are."""
        return FurtherColumns.of(self.recipe)

    @property
    def names(self) -> Mapping[str, Plan]:
        """Name of the method → its last plan, the recipe's own first; the other's says dials of its own, too."""
        named = {self.recipe.method.name: self.plan}
        if self.reference is not None:
            named[self.recipe.method.beside_label] = self.reference
        return named

    @property
    def titles(self) -> dict[str, str]:
        """Name of each plan in :attr:`names` → what a page calls it."""
        method = self.recipe.method
        own = METHODS[method.name].title
        return {name: own if name == method.name else method.beside_title for name in self.names}

    @property
    def shared_layout(self) -> str | None:
        """The layout in which both methods exist, where they do not both in the one that is drawn; else None."""
        method, beside = self.recipe.method, self.recipe.method.beside
        if beside is None or beside.layout in METHODS[beside.name].layouts:
            return None
        return shared_layout(method.name, beside.name)

    @property
    def last_step(self) -> int:
        """Last half step of the plan that has more of them."""
        return max(plan.last_step for plan in self.names.values())

    @property
    def step(self) -> int:
        """The half step that is read: the recipe's, or the last."""
        step = self.recipe.display.step
        return self.last_step if step < 0 else min(step, self.last_step)

    def shown(self, plan: Plan) -> Plan:
        """A plan at the half step that is read; one with fewer half steps holds its last."""
        return plan if self.step >= plan.last_step else plan.at(self.step)

    @property
    def shown_plans(self) -> dict[str, Plan]:
        """The plans of :attr:`names` at that half step."""
        return {name: self.shown(plan) for name, plan in self.names.items()}

    @property
    def readings(self) -> dict[str, dict[str, float]]:
        """Name of the method → the row of numbers, by their names in ``READINGS``."""
        inputs, method = self.recipe.inputs, self.recipe.method
        labels, domains = engine.labels_of(inputs, method), engine.domains_in(inputs, method)
        return {name: readings(plan, labels, domains) for name, plan in self.shown_plans.items()}

    @property
    def remarks(self) -> list[str]:
        """What else is to be said of the plan's numbers."""
        method = self.recipe.method
        relax = method.relax if method.aim == "relaxed-label" else None
        return remarks(self.shown(self.plan), self.batch.labels, relax)

    @property
    def headline(self) -> str:
        """What there is to see, in one sentence."""
        named = [(self.titles[name], plan) for name, plan in self.shown_plans.items()]
        method = self.recipe.method
        of_classes = VIEWS[self.recipe.views.preset].partner == "class" and method.columns_are != "prototypes"
        labels = engine.labels_of(self.recipe.inputs, method) if of_classes else None
        return headline(*named, labels=labels)

    @property
    def sample_order(self) -> np.ndarray:
        """Place on a picture → sample of the batch, like beside like."""
        return order(self.batch, self.recipe.display.order)

    @property
    def row_order(self) -> np.ndarray:
        """Place on a picture → row of the plan, like beside like; the joint layout has both views side by side."""
        samples = self.sample_order
        if pairing_of(self.plan).layout == "cross":
            return samples
        return np.stack([samples, samples + len(samples)], 1).ravel()

    @cached_property
    def column_order(self) -> np.ndarray:
        """Place on a picture → column of the plan: as the rows, and behind them those of a queue, ordered alike.

        Prototypes stand in the order of the rows whose targets want them.
        """
        rows = self.row_order
        if self.recipe.method.columns_are == "prototypes":
            target = target_of(self.plan).detach().cpu().double().numpy()[rows]
            wanted = np.maximum(target.sum(0), 1e-12)
            return np.argsort((target * np.arange(len(rows))[:, None]).sum(0) / wanted, kind="stable")
        if (queue := self.further.queue) is None:
            return rows
        return np.concatenate([rows, len(rows) + order(engine.batch_of(queue), self.recipe.display.order)])

    @property
    def column_groups(self) -> list[RowGroup]:
        """Blocks along :attr:`column_order`: those of the rows, and behind them the queue; or the prototypes."""
        rows, count, are = self.row_groups, len(self.column_order), self.recipe.method.columns_are
        if not rows or are == "views":
            return rows
        if are == "prototypes":
            return [RowGroup("prototypes", count, UNLABELLED)]
        return [*rows, RowGroup("queue", count - len(self.row_order), UNLABELLED)]

    @property
    def row_groups(self) -> list[RowGroup]:
        """Each class or domain, in :attr:`row_order`; none of another order."""
        by, dataset = self.recipe.display.order, self.batch.dataset
        if by not in ("class", "domain"):
            return []
        samples = pairing_of(self.plan).row_sample.cpu().numpy()[self.row_order]
        names = dataset.class_titles if by == "class" else dataset.domain_titles
        values = (self.batch.labels if by == "class" else self.batch.domains)[samples]
        return [RowGroup(names[value], len(list(members)), value) for value, members in groupby(values.tolist())]

    @property
    def point_texts(self) -> list[str]:
        """Who each point of a map is, in a line: first all of view 1, then all of view 2."""
        batch, dataset = self.batch, self.batch.dataset
        return [
            f"{sample}: {self.name(sample, view)} · {dataset.class_titles[label]} · {dataset.domain_titles[domain]}"
            f" · view {view + 1}"
            for view in (0, 1)
            for sample, (label, domain) in enumerate(zip(batch.labels, self.domains[view], strict=True))
        ]

    def limits(self, progress: ReportProgress | None = None) -> tuple[dict[str, Plan], dict[str, InputError]]:
        """Name of the method → what its iterations tend to, and of the others why that is not known.

        A plan that is a limit is its own.
        """
        recipe = self.recipe
        found: dict[str, Plan] = {}
        problems: dict[str, InputError] = {}
        for name, plan in self.names.items():
            method = recipe.method if name == recipe.method.name else recipe.method.beside
            try:
                found[name] = (
                    plan
                    if method is None or (plan.converged and plan.diagnostics.at_limit)
                    else engine.limit_of(recipe.inputs, method, progress=progress)
                )
            except InputError as error:  # a loss may overflow on the way that the plan has not gone yet
                problems[name] = error
        return found, problems

    def convergence_checks(self, progress: ReportProgress | None = None) -> dict[str, ConvergenceCheck]:
        """Title of the plan → whether it is usable, and why."""
        limits, _ = self.limits(progress)
        return {self.titles[name]: check_convergence(plan, limits.get(name)) for name, plan in self.names.items()}


def _solving(method: MethodRecipe, report_progress: ReportProgress) -> ReportProgress:
    """Tells of the plan of a method; only the page knows when all is done."""
    title = METHODS[method.name].title
    return lambda share, what: report_progress(min(share, 0.99), f"{what} {title}")
