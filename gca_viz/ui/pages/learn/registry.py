"""The lessons of the page Learn, in their order; ``docs/learn.md`` says how to add one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gca_viz.ui.pages.learn.lesson import Lesson
from gca_viz.ui.pages.learn.lessons import (
    checkpoint,
    cosine,
    force,
    half_step,
    letting_go,
    only_down,
    relation,
    robust,
    slope,
    sure,
    target,
    temperature,
    toy_world,
    two_aims,
    unit,
)

_ALL = (
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
    unit.LESSON,
    slope.LESSON,
    sure.LESSON,
    relation.LESSON,
)
#: name → lesson
LESSONS: Mapping[str, Lesson] = MappingProxyType({lesson.name: lesson for lesson in _ALL})
