"""The constraint square in a notebook."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import traitlets

from gca_viz.errors import InputError
from gca_viz.experiments.effects.square import CORNERS
from gca_viz.figures.heat import heat_picture
from gca_viz.figures.still import square_still
from gca_viz.metric import Metric
from gca_viz.transport import Sweep
from gca_viz.transport.plans.readings import READINGS
from gca_viz.ui.notebook.element import Element, esm, sheet


class Square(Element):
    """A number over the constraint square, with a dot; made by :func:`gca_viz.show_square`.

    Attributes:
        selected: the place (τ₁, τ₂) of the dot, each 0 … 1.
    """

    _esm = esm("square")
    selected = traitlets.Any((1.0, 0.0)).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, sweep: Sweep, read: str) -> None:
        self._epsilon, self._metric = _checked(sweep, read)
        self._values = sweep.values[read][0].double().numpy()
        picture = heat_picture(self._values)
        text = self._metric.text
        self._ends = text(picture.low), text(picture.high)
        heat = {
            "image": picture.address,
            "scale": picture.scale,
            "title": self._title,
            "texts": [[text(value) for value in column] for column in self._values.tolist()],
            "low": self._ends[0],
            "high": self._ends[1],
            "name": f"square-{read}",
        }
        corners = [[*corner, name.split("<br>")] for corner, name in CORNERS["cross"].items()]
        super().__init__(_sheet=sheet("square"), _data={"why": "", "apart": "", "corners": corners, "heat": heat})

    @property
    def penalties(self) -> dict[str, float]:
        """ε, λ₁ and λ₂ at the dot, as ``gca_viz.align(z1, z2, "gca-uot", **square.penalties)`` takes them."""
        lambdas = (math.inf if tau == 1 else self._epsilon * tau / (1 - tau) for tau in self.selected)
        return {"epsilon": self._epsilon} | dict(zip(("lambda1", "lambda2"), lambdas, strict=True))

    @property
    def _title(self) -> str:
        return f"{self._metric.label} at ε = {self._epsilon:g}"

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> tuple[float, float]:
        value = proposal["value"]
        try:
            tau1, tau2 = map(float, value)
        except (TypeError, ValueError):
            tau1 = tau2 = math.nan
        if not (0 <= tau1 <= 1 and 0 <= tau2 <= 1):
            raise InputError(
                f"selected = {value!r}",
                "a place on the square is (τ₁, τ₂), each from 0 to 1",
                "Set e.g. selected = (1, 0), which is InfoNCE",
                parameter="selected",
            )
        return tau1, tau2

    def _picture(self) -> tuple[str, str]:
        svg = square_still(self._values, self._title, self._ends, self.selected)
        return svg, f"{self._title} over the constraint square, {self._ends[0]} to {self._ends[1]}"


def _checked(sweep: Any, read: str) -> tuple[float, Metric]:
    """Temperature, and what is read."""
    if not isinstance(sweep, Sweep) or not _covers_the_square(sweep):
        raise InputError(
            f"{sweep!r}" if isinstance(sweep, Sweep) else f"a {type(sweep).__name__}",
            "the square needs one temperature, and penalties whose τ lie evenly from 0 to 1",
            "Pass gca_viz.sweep(z1, z2, **gca_viz.constraint_square(0.1))",
            parameter="sweep",
        )
    there = [name for name in READINGS if name in sweep.values]
    if read not in there:
        raise InputError(
            f"read = {read!r}",
            f"this sweep has {', '.join(there)}",
            "Choose one of these, or name it in gca_viz.sweep(…, read=…)",
            parameter="read",
        )
    return sweep.epsilon[0], READINGS[read]


def _covers_the_square(sweep: Sweep) -> bool:
    if sweep.lambda2 is None or len(sweep.epsilon) != 1 or len(sweep.lambda1) != len(sweep.lambda2):
        return False
    even = np.linspace(0, 1, len(sweep.lambda1))
    return len(even) > 1 and all(
        np.allclose([1 if math.isinf(own) else own / (own + sweep.epsilon[0]) for own in axis], even, atol=1e-6)
        for axis in (sweep.lambda1, sweep.lambda2)
    )
