"""The monitor as a callback of the Trainer of transformers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gca_viz.extras import need


def callback_of(look: Callable[..., object], close: Callable[[], None]) -> Any:
    """A ``TrainerCallback`` that calls a monitor after each step of the optimizer, and before the first.

    Args:
        look: the monitor, called with step, model and epoch.
        close: called when training ends.

    Raises:
        InputError: transformers or what its Trainer needs is not installed; the extra ``[trainer]`` brings it.
    """
    need("accelerate", "trainer")
    callback: Any = need("transformers", "trainer").TrainerCallback

    class PlanMonitorCallback(callback):  # type: ignore[misc]  # a class that is known when it runs
        """Looks at the probe."""

        def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **rest: Any) -> None:
            self._look(state, model)

        def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **rest: Any) -> None:
            self._look(state, model)

        def on_train_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            close()

        def _look(self, state: Any, model: Any) -> None:
            if state.is_world_process_zero:
                look(state.global_step, model, epoch=state.epoch)

    return PlanMonitorCallback()
