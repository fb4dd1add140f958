"""The lessons of the page Learn, in their order; ``docs/learn.md`` says how to add one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gca_viz.ui.pages.learn.lesson import Lesson
from gca_viz.ui.pages.learn.lessons import (
    averaging,
    checkpoint,
    cosine,
    crowds,
    force,
    half_step,
    letting_go,
    marginals,
    only_down,
    relation,
    robust,
    slope,
    sure,
    target,
    temperature,
    together,
    toy_world,
    train,
    two_aims,
    unit,
)

_LOSS = (
    cosine.LESSON,
    half_step.LESSON,
    only_down.LESSON,
    temperature.LESSON,
    force.LESSON,
    letting_go.LESSON,
    robust.LESSON,
    target.LESSON,
    two_aims.LESSON,
    checkpoint.LESSON,
    toy_world.LESSON,
)
_FAMILY = (
    unit.LESSON,
    slope.LESSON,
    relation.LESSON,
    marginals.LESSON,
    crowds.LESSON,
    sure.LESSON,
    averaging.LESSON,
    together.LESSON,
)
#: what a part of the contents is called → its lessons
PARTS: Mapping[str, tuple[Lesson, ...]] = MappingProxyType(
    {"The loss": _LOSS, "The family": _FAMILY, "Training": (train.LESSON,)}
)
#: name → lesson
LESSONS: Mapping[str, Lesson] = MappingProxyType(
    {lesson.name: lesson for part in PARTS.values() for lesson in part}
)
