"""Where a training run happens."""

from __future__ import annotations

from dataclasses import dataclass

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.field import Checked, described
from gca_viz.settings.parameter import Choice, Parameter

ACCELERATOR = Choice("accelerator", "Accelerator", ("auto", "cpu", "cuda", "mps"), "auto", "What computes.")
DEVICES = Parameter(
    "devices",
    "",
    "Devices",
    1,
    1,
    1024,
    1,
    8,
    integer=True,
    help="How many, each with a process; the plan is over the images on all of them.",
)
PRECISION = Choice(
    "precision",
    "Precision",
    ("bf16-mixed", "32-true", "16-mixed"),
    "bf16-mixed",
    "Of the network; plan and loss are always in 32 bits.",
)
THREADS = Parameter(
    "threads",
    "",
    "Threads",
    1,
    1,
    1024,
    1,
    16,
    integer=True,
    help="Of the CPU in each process: a run goes on to the same bits where it goes on with as many.",
)


@dataclass(frozen=True)
class Hardware(Checked):
    """Where a run happens, which changes its result by rounding only.

    Attributes:
        accelerator: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        devices: how many processes, one per device; embeddings are gathered, so that the plan is over all of them.
        precision: of the network; plan and loss are always in float32.
        threads: of the CPU in each process.
    """

    accelerator: str = described(ACCELERATOR, "accelerator")
    devices: int = described(DEVICES, "devices")
    precision: str = described(PRECISION, "precision")
    threads: int = described(THREADS, "threads")

    def check(self, batch_size: int) -> None:
        """Raise :class:`InputError` where no run can happen there."""
        if batch_size % self.devices or batch_size // self.devices < 2:
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
