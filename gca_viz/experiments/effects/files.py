"""Parameter effects as files: tables for people and programs, arrays for NumPy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gca_viz.experiments.effects.calibrated import Calibrated
from gca_viz.experiments.effects.ensembles import Ensembles
from gca_viz.experiments.effects.more_columns import MoreColumns
from gca_viz.experiments.effects.noise import SCORES, Detection
from gca_viz.experiments.effects.result import EffectsResult
from gca_viz.experiments.effects.table import EffectTable, frame_of
from gca_viz.experiments.plan.result_files import npz
from gca_viz.files.csv_cells import csv_of


def effects_csv(table: EffectTable) -> str:
    """A line per seed and point."""
    return csv_of(table.frame())


def sweeps_csv(tables: Mapping[str, EffectTable]) -> str:
    """A line per encoder, seed and point."""
    return csv_of(frame_of(tables))


def reliability_csv(found: Calibrated) -> str:
    """A line per plan and bin of confidence."""
    return csv_of(found.frame())


def ensembles_csv(of: Ensembles) -> str:
    """A line per temperature, pool and number of view pairs."""
    return csv_of(of.frame())


def columns_csv(found: MoreColumns) -> str:
    """A line per length of the queue and per what is held."""
    return csv_of(found.table)


def noise_frame(found: Detection) -> pd.DataFrame:
    """A row per λ: AUC of each number, mean of the seeds, and the mass of corrupted rows over that of good ones."""
    columns = {"λ": found.penalties}
    columns |= {f"AUC {title}": found.auc[score].mean(0) for score, title in SCORES.items()}
    return pd.DataFrame(columns | {"row mass, corrupted ÷ good": found.kept.mean(0)})


def noise_csv(found: Detection) -> str:
    """:func:`noise_frame` as text."""
    return csv_of(noise_frame(found))


def effects_npz(found: EffectsResult) -> bytes:
    """Of each table axes and numbers of every seed; of the noise lab AUC, kept mass and the corrupted pairs."""
    arrays: dict[str, np.ndarray] = {}
    for name, table in (("square", found.square), ("sweep", found.sweep)):
        if table is not None:
            arrays |= {f"{name}_axis_{axis}": np.array(values) for axis, values in table.axes.items()}
            arrays |= {f"{name}_{reading}": values for reading, values in table.values.items()}
    if found.calibration is not None:
        arrays["calibration_epsilon"] = np.array(found.calibration.table.axes["eps"])
        arrays |= {f"calibration_{name}": values for name, values in found.calibration.table.values.items()}
        for name, (_, of) in found.calibration.plans.items():
            arrays[f"calibration_{name}_confidence"] = of.confidence.cpu().numpy()
            arrays[f"calibration_{name}_hit"] = of.hit.cpu().numpy()
    if found.columns is not None:
        arrays |= {f"queue_plan_{held}": plan.matrix.cpu().numpy() for held, plan in found.columns.plans.items()}
        arrays["queue_indices"] = np.array(found.columns.queue.indices)
        arrays["prototype_codes"] = found.columns.prototypes.codes.cpu().numpy()
        arrays["prototype_plan"] = found.columns.prototypes.plan.matrix.cpu().numpy()
    if found.noise is not None:
        arrays |= {"noise_lambda": np.array(found.noise.penalties), "noise_kept": found.noise.kept}
        arrays |= {f"noise_auc_{score}": values for score, values in found.noise.auc.items()}
        arrays["noise_bad"] = found.noise.first.mask
    return npz(arrays)
