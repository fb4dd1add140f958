"""The monitor that a training loop calls: looks at a fixed probe now and then, and changes nothing."""

from __future__ import annotations

import logging
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.errors import why as short_reason
from gca_viz.monitor.alarms import Alarms
from gca_viz.monitor.folder import MonitorFolder
from gca_viz.monitor.logs import log_to
from gca_viz.monitor.numbers import embedding_numbers, known_to, plan_numbers, plan_of
from gca_viz.monitor.probe import Embed, Probe, vectors
from gca_viz.transport.parameters import EPSILON

if TYPE_CHECKING:
    from gca_viz.transport import Plan

_TRIAL = 8  # samples of the plan that tries a method and its options


class PlanMonitor:
    """Watch the plan of a fixed probe batch while an encoder trains.

    >>> monitor = gca_viz.PlanMonitor((x1, x2, labels), to="runs/mine", every=50, epsilon=0.1)  # doctest: +SKIP
    >>> for step, (v1, v2) in enumerate(loader):  # doctest: +SKIP
    ...     loss_of(encoder(v1), encoder(v2)).backward(); optimizer.step()
    ...     monitor(step, encoder)

    Every so many steps it embeds both views of the probe in evaluation mode, or takes two embeddings, makes their
    plan, and writes numbers (``metrics.csv``) and embeddings (``step-….safetensors``) to a folder, which the page
    *Compare* and ``gca-viz compare --run`` open. Weights, statistics, modes and random numbers stay as they are,
    bit for bit. Once made it raises nothing: what it cannot do it says once, as a warning, and training goes on.

    Args:
        probe: ``(x1, x2)`` or ``(x1, x2, labels)``: what the encoder takes of either view, a row per sample;
            tensors or, for encoders with several inputs, mappings of them. None where embeddings are given at each
            look.
        to: folder of this run alone.
        every: steps between two looks, at least 1.
        method, options: of the plan, as of :func:`gca_viz.align`: those of your loss, e.g. ``epsilon=0.1``.
        labels, domains, names: (N,) what is known of the samples.
        images: (N, H, W, 3) or (N, 3, H, W) pictures of the samples; by default view 1, where that is one.
        embed: ``(encoder, x1, x2) -> (z1, z2)``, where calling the encoder on each view is not what is wanted.
        log: a SummaryWriter of TensorBoard, a function of a dictionary such as ``wandb.log``, or several of these.
        title: what people call the run.
        resume: go on in the folder of the same run; its rows from the first look on are forgotten.

    Attributes:
        alarms: kind → sentence of what is wrong at the last look: ``"collapse"``, ``"hub"``, ``"stuck"``,
            ``"temperature"``, ``"finite"``.

    Raises:
        InputError: a probe without two views or with other numbers of rows, an unknown method or option, or
            ``every`` below 1.
    """

    def __init__(
        self,
        probe: Any = None,
        *,
        to: str | Path,
        every: int = 50,
        method: str = "ince",
        labels: Any = None,
        domains: Any = None,
        names: Sequence[str] | None = None,
        images: Any = None,
        embed: Embed | None = None,
        log: Any = None,
        title: str = "",
        resume: bool = False,
        **options: Any,
    ):
        if not isinstance(every, int) or every < 1:
            raise InputError(
                f"every = {every!r}",
                "steps between two looks are a whole number from 1",
                "Use 50",
                parameter="every",
            )
        self.every, self.alarms = int(every), dict[str, str]()
        self._probe = Probe.of(probe, embed, labels=labels, domains=domains, names=names, images=images)
        self._method, self._options, self._title, self._resume = method, options, title, resume
        self._logs = [log_to(one) for one in (log if isinstance(log, list | tuple) else [log]) if one is not None]
        self._told: set[str] = set()
        self._alarms = Alarms(self._probe.name)
        self._folder = MonitorFolder(Path(to), self._cannot)
        self._samples = self._probe.size
        size = self._samples or _TRIAL
        first, second = torch.randn(2, size, 4, generator=torch.Generator().manual_seed(0))
        self._known = known_to(method, options, self._probe.labels, self._probe.known.get("domains"))
        plan_of(first, second, method, options, self._known)

    def is_due(self, step: int) -> bool:
        """Whether a call at this step looks."""
        return step % self.every == 0

    def __call__(
        self,
        step: int,
        *of: Any,
        epoch: float | None = None,
        epsilon: float | Tensor | None = None,
        part: Callable[[Any], Any] | None = None,
    ) -> dict[str, float] | None:
        """Look, if a look is due.

        Args:
            step: of the training, from 0.
            of: the encoder; or the embeddings z1, z2 of the probe's two views, (N, d) each.
            epoch: noted beside it.
            epsilon: the temperature now, where it is learnt.
            part: of the encoder what embeds, e.g. ``lambda module: module.backbone``.

        Returns:
            The numbers of the look; None where none is due, or where it could not be done.
        """
        try:
            if not self.is_due(step) or not _first_process():
                return None
            if part is not None:
                of = tuple(map(part, of))
            return self._look(int(step), of, epoch, epsilon)
        except Exception as error:  # whatever it is, training goes on
            self._cannot(error)
            return None

    def close(self) -> None:
        """Wait until all is written; the monitor may be called again."""
        self._folder.wait()

    def lightning(self, encoder: Any = None) -> Any:
        """This monitor as a ``Callback`` of Lightning: ``Trainer(callbacks=[monitor.lightning()])``.

        Args:
            encoder: of a ``LightningModule`` what embeds, e.g. ``lambda module: module.backbone``; by default the
                module itself, as it is called.

        Raises:
            InputError: Lightning is not installed; the extra ``[lightning]`` brings it.
        """
        from gca_viz.monitor.lightning import callback_of

        return callback_of(partial(self, part=encoder), self.close)

    def trainer(self, encoder: Any = None) -> Any:
        """This monitor for transformers: ``Trainer(model, arguments, callbacks=[monitor.trainer()])``.

        Args:
            encoder: of the model what embeds; by default the model itself, as it is called.

        Raises:
            InputError: transformers or accelerate is not installed; the extra ``[trainer]`` brings both.
        """
        from gca_viz.monitor.trainer import callback_of

        return callback_of(partial(self, part=encoder), self.close)

    def _look(self, step: int, of: tuple[Any, ...], epoch: float | None, epsilon: Any) -> dict[str, float] | None:
        started = time.perf_counter()
        z1, z2 = self._embeddings(of)
        with torch.no_grad(), torch.autocast("cpu", enabled=False), torch.autocast(z1.device.type, enabled=False):
            return self._read(step, z1, z2, epoch, epsilon, started)

    def _read(
        self, step: int, z1: Tensor, z2: Tensor, epoch: float | None, epsilon: Any, started: float
    ) -> dict[str, float] | None:
        """Read the plan of two embeddings, and give all to folder and logs."""
        options = self._options if epsilon is None else {**self._options, "epsilon": float(epsilon)}
        self._folder.open(self._about(len(z1)), self._probe.known, step, resume=self._resume)
        row: dict[str, Any] = {"step": step, "epoch": None if epoch is None else float(epoch)}
        finite = torch.isfinite(z1).all(1) & torch.isfinite(z2).all(1)
        if not finite.all():
            self._note(step, {"finite": _NOT_FINITE.format(int((~finite).sum()), len(z1))})
            self._folder.keep(row | {"alarms": " ".join(self.alarms.values())}, None, None)
            return None
        plan = plan_of(z1, z2, self._method, options, self._known)
        here = z1.cpu(), z2.cpu()
        numbers = {"epsilon": float(options.get("epsilon", EPSILON.default))} | plan_numbers(plan)
        numbers |= embedding_numbers(*here, self._probe.labels)
        numbers = {name: value for name, value in numbers.items() if math.isfinite(value)}

        def plan_at(epsilon: float) -> Plan:
            return plan_of(z1, z2, self._method, {**options, "epsilon": epsilon}, self._known)

        begins = self._note(step, self._alarms.look(numbers, int(plan.column_mass.argmax()), plan_at))
        numbers["monitor_seconds"] = time.perf_counter() - started
        self._folder.keep(row | numbers | {"alarms": " ".join(self.alarms.values())}, *here)
        for log in self._logs:
            try:
                log(step, numbers, begins, plan.matrix)
            except Exception as error:
                self._cannot(error, "log")
        return numbers

    def _embeddings(self, of: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
        """Both views' embeddings; raises :class:`InputError` where they are not those of the probe."""
        if len(of) == 1 and callable(of[0]) and not isinstance(of[0], Tensor):
            z1, z2 = self._probe.embedded(of[0])
        elif len(of) == 2:
            z1, z2 = (vectors(z).clone() for z in of)
        else:
            raise InputError(
                f"{len(of)} embedding{'s' * (len(of) != 1)}",
                "a plan is between two views",
                "Call monitor(step, z1, z2), or monitor(step, encoder)",
            )
        if z1.shape != z2.shape or len(z1) < 1:
            raise InputError(
                f"embeddings of shape {tuple(z1.shape)} and {tuple(z2.shape)}",
                "both views have one row per sample and one width",
                "Embed both views of the same samples with the same network",
            )
        self._samples = self._samples or len(z1)
        if len(z1) != self._samples:
            raise InputError(
                f"embeddings of {len(z1)} samples, after {self._samples} before",
                "all looks are at the same probe",
                "Embed one fixed batch at every look, not the batch of the step",
            )
        return z1, z2

    def _about(self, samples: int) -> dict[str, Any]:
        options = {
            name: value for name, value in self._options.items() if isinstance(value, str | int | float | bool)
        }
        return {
            "title": self._title,
            "every": self.every,
            "method": self._method,
            "options": options,
            "samples": samples,
            "probe": self._probe.digest,
        }

    def _note(self, step: int, alarms: Mapping[str, str]) -> list[str]:
        """Say alarms that begin, and return them."""
        begins = [sentence for kind, sentence in alarms.items() if kind not in self.alarms]
        self.alarms = dict(alarms)
        for sentence in begins:
            _say(f"Step {step}. {sentence}")
        return begins

    def _cannot(self, error: Exception, what: str = "") -> None:
        """Say once of each kind of failure that it was."""
        kind = f"{what} {type(error).__name__} {getattr(error, 'allowed', '') or getattr(error, 'errno', '')}"
        if kind in self._told:
            return
        self._told.add(kind)
        reason = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {short_reason(error)}."
        of = f" ({what})" if what else ""
        _say(f"PlanMonitor could not look{of}; training goes on, and this is said once. {reason}")


_NOT_FINITE = (
    "{0} of {1} samples of the probe have embeddings that are not finite: the training has probably run away. "
    "Lower the learning rate, or use more precision. These embeddings are not kept."
)


def _say(sentence: str) -> None:
    """A warning, even where warnings are errors: nothing is raised into a loop."""
    try:
        warnings.warn(sentence, stacklevel=2)
    except Warning:
        logging.getLogger("gca_viz").warning(sentence)


def _first_process() -> bool:
    """Whether this is the one process of several that looks."""
    distributed = torch.distributed
    return not (distributed.is_available() and distributed.is_initialized() and distributed.get_rank() != 0)
