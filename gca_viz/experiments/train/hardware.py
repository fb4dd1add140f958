"""Where a training run happens."""

from __future__ import annotations

from dataclasses import dataclass

from gca_viz.errors import InputError

PRECISIONS = ("bf16-mixed", "32-true", "16-mixed")


@dataclass(frozen=True)
class Hardware:
    """Where a run happens, which changes its result by rounding only.

    Attributes:
        accelerator: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        devices: how many processes, one per device; embeddings are gathered, so that the plan is over all of them.
        precision: of the network; plan and loss are always in float32.
    """

    accelerator: str = "auto"
    devices: int = 1
    precision: str = "bf16-mixed"

    def check(self, batch_size: int) -> None:
        """Raise :class:`InputError` where no run can happen there."""
        if self.precision not in PRECISIONS:
            raise InputError(
                f"precision = {self.precision!r}", f"it is one of {', '.join(PRECISIONS)}", "Choose one of these"
            )
        if self.devices < 1 or batch_size % self.devices or batch_size // self.devices < 2:
            raise InputError(
                f"a batch of {batch_size} on {self.devices} devices",
                "every device gets the same number of images, at least 2",
                "Use a multiple of the number of devices",
                parameter="devices",
            )
        import torch  # --help describes these without it

        present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        if not present.get(self.accelerator, self.accelerator == "auto"):
            raise InputError(
                f"accelerator = {self.accelerator!r}",
                f"this machine has {', '.join(name for name, there in present.items() if there)}",
                "Choose one of these, or auto",
                parameter="accelerator",
            )
