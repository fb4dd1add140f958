"""Two sets as files: tables for people and programs, arrays for NumPy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gca_viz.experiments.plan.result_files import npz
from gca_viz.experiments.transfer.result import WAYS, TransferResult
from gca_viz.files.csv_cells import csv_of
from gca_viz.metric import Estimate


def transfer_frame(found: TransferResult) -> pd.DataFrame:
    """A row per way to hand classes on: accuracy and balanced accuracy with the ends of their intervals."""
    return pd.DataFrame(
        {
            "way": way,
            **_numbers("accuracy", of.accuracy),
            "chance": of.accuracy.chance,
            **_numbers("balanced", of.balanced),
        }
        for way, of in found.ways.items()
    )


def transfer_csv(found: TransferResult) -> str:
    """:func:`transfer_frame` as text."""
    return csv_of(transfer_frame(found))


def distances_csv(found: TransferResult) -> str:
    """A line per pair of groups."""
    table = found.distances.rename_axis("group").reset_index()
    return csv_of(table.melt("group", var_name="other", value_name="set distance"))


def images_csv(found: TransferResult) -> str:
    """A line per image of the receiving set: its class, and the one that each way gives it."""
    titles = np.array([*found.classes, ""], object)  # −1 is the last
    columns = {"image": found.sets.receiver.batch.indices, "name": found.sets.receiver.batch.names}
    columns |= {"class": titles[found.truth]} | {WAYS[way]: titles[of.found] for way, of in found.ways.items()}
    return csv_of(pd.DataFrame(columns))


def transfer_npz(found: TransferResult) -> bytes:
    """Plan, classes of both sets, what each way gives, and the distances."""
    arrays = {
        "plan": found.plan.cpu().numpy(),
        "lent": found.lent,
        "truth": found.truth,
        "from_indices": found.sets.source.batch.indices,
        "to_indices": found.sets.receiver.batch.indices,
        "distances": found.distances.to_numpy(),
        "groups": np.array(list(found.distances)),
    }
    return npz(arrays | {f"found_{way}": of.found for way, of in found.ways.items()})


def _numbers(name: str, of: Estimate) -> dict[str, float]:
    return {name: of.value, f"{name}_low": of.low, f"{name}_high": of.high}
