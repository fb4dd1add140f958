"""The monitor as a callback of Lightning."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from gca_viz.extras import need

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def callback_of(look: Callable[..., object], close: Callable[[], None]) -> Any:
    """A ``Callback`` that calls a monitor after each step of the optimizer, and before the first.

    Args:
        look: the monitor, called with step, module and epoch.
        close: called when training ends.

    Raises:
        InputError: Lightning is not installed; the extra ``[lightning]`` brings it.
    """
    # Two packages have the same classes; the one that the training imported is meant.
    package = next((name for name in _PACKAGES if name in sys.modules), _PACKAGES[1])
    callback: Any = need(package, "lightning").Callback

    class PlanMonitorCallback(callback):  # type: ignore[misc]  # a class that is known when it runs
        """Looks at the probe."""

        _seen = -1

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            self._look(trainer, pl_module)

        def on_train_batch_end(self, trainer: Any, pl_module: Any, *rest: Any) -> None:
            self._look(trainer, pl_module)

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            close()

        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            close()

        def _look(self, trainer: Any, pl_module: Any) -> None:
            step = trainer.global_step
            if step == self._seen or trainer.sanity_checking:  # several batches may make one step
                return
            self._seen = step
            look(step, pl_module, epoch=trainer.current_epoch)

    return PlanMonitorCallback()
