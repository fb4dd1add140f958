"""A plan on the points of a map: which point a row or a column is, and where its mass goes.

Points are numbered as in :class:`gca_viz.geometry.points.Points`: sample + N · view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gca_viz.geometry.plan_parts import pairing_of, target_of
from gca_viz.transport import Plan


@dataclass(frozen=True, eq=False)
class Lines:
    """Where the mass of view 1 goes.

    Attributes:
        start, end: int64 (lines,), points of view 1 and of view 2.
        share: float (lines,), of the mass that the start sends to view 2.
        partner: bool (lines,), whether the end is the start's partner.
    """

    start: np.ndarray
    end: np.ndarray
    share: np.ndarray
    partner: np.ndarray


def row_points(plan: Plan) -> np.ndarray:
    """int64 (rows,): the point that each row shows."""
    return (pairing_of(plan).row_sample + pairing_of(plan).samples * pairing_of(plan).row_view).cpu().numpy()


def column_points(plan: Plan) -> np.ndarray:
    """int64 (columns,): the point that each column shows."""
    return (pairing_of(plan).column_sample + pairing_of(plan).samples * pairing_of(plan).column_view).cpu().numpy()


def _of_batch(plan: Plan) -> np.ndarray:
    """bool (columns,): whether a column shows a sample of the batch, and not one of a queue, or a prototype."""
    found: np.ndarray = (pairing_of(plan).column_sample < pairing_of(plan).samples).cpu().numpy()
    return found


def pair_of(plan: Plan, point: int) -> tuple[int, int]:
    """Row and column of a point and its partner; a point that is no row is the column.

    Where columns are prototypes, the row of its sample, and the prototype that its target wants most.
    """
    partner = pairing_of(plan).partner
    if not pairing_of(plan).paired:
        row = point % pairing_of(plan).samples
        return row, int(target_of(plan)[row].argmax())
    found = np.flatnonzero(row_points(plan) == point)
    if len(found):
        return int(found[0]), int(partner[found[0]])
    column = int(np.flatnonzero(column_points(plan) == point)[0])
    return int((partner == column).nonzero()[0]), column


def points_of(plan: Plan, pair: tuple[int, int]) -> tuple[int, int]:
    """The two points that a row and a column show; a column of no sample of the batch has none but the row's."""
    row = int(row_points(plan)[pair[0]])
    return row, int(column_points(plan)[pair[1]]) if _of_batch(plan)[pair[1]] else row


def mass_of_points(plan: Plan) -> np.ndarray:
    """float (2N,): mass that a point's row sends; of a point that is no row, mass that its column receives.

    Where columns are prototypes, no point is a column, and both views have what their sample's row sends.
    """
    sent = plan.row_mass.cpu().numpy()
    mass = np.zeros(2 * pairing_of(plan).samples)
    columns = np.flatnonzero(_of_batch(plan))
    mass[column_points(plan)[columns]] = plan.column_mass.cpu().numpy()[columns]
    mass[row_points(plan)] = sent
    return mass if pairing_of(plan).paired else np.tile(sent, 2)


def loss_of_points(plan: Plan) -> np.ndarray:
    """float (2N,): loss of a point's row; of a point that is no row, that of its partner's or sample's row."""
    if not pairing_of(plan).paired:
        return np.tile(plan.loss_per_row.cpu().numpy().astype(float), 2)
    loss, per_row = np.empty(2 * pairing_of(plan).samples), plan.loss_per_row.cpu().numpy()
    loss[column_points(plan)[pairing_of(plan).partner.cpu().numpy()]] = per_row
    loss[row_points(plan)] = per_row
    return loss


def partner_mass(plan: Plan) -> np.ndarray:
    """float (rows,): share of a row that goes to its partner; 0 of an empty row, NaN where nobody has one."""
    if not pairing_of(plan).paired:
        return np.full(len(plan.row_mass), np.nan)
    on_it = plan.matrix.gather(1, pairing_of(plan).partner[:, None]).squeeze(1)
    return (on_it / plan.row_mass.clamp_min(1e-30)).cpu().numpy()


def heaviest_lines(plan: Plan, count: int = 1) -> Lines:
    """For each point of view 1 the ``count`` points of view 2 that it sends most mass to; empty rows have none."""
    rows, columns, mass = _between_views(plan)
    partner = column_points(plan)[pairing_of(plan).partner.cpu().numpy()[rows]]  # without partners, of no line
    sent = mass.sum(1)
    best = np.argsort(-mass, 1, kind="stable")[:, : min(count, mass.shape[1])]
    start = np.repeat(row_points(plan)[rows], best.shape[1])
    end = column_points(plan)[columns][best.ravel()]
    share = (np.take_along_axis(mass, best, 1) / np.where(sent > 0, sent, 1)[:, None]).ravel()
    kept = share > 0
    return Lines(start[kept], end[kept], share[kept], np.repeat(partner, best.shape[1])[kept] == end[kept])


def barycentres(plan: Plan, coordinates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The barycentric projection of view 1: the mean place of view 2, weighted by where each point sends its mass.

    Args:
        plan: with a pairing.
        coordinates: (2N, 2 or 3), places on a map.

    Returns:
        int64 (n,) points of view 1 that send any mass, and (n, 2 or 3) the mean place of each.
    """
    rows, columns, mass = _between_views(plan)
    sent = mass.sum(1)
    kept = sent > 0
    places = mass[kept] @ coordinates[column_points(plan)[columns]] / sent[kept, None]
    return row_points(plan)[rows][kept], places


def _between_views(plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of view 1, columns of view 2, and the mass between them; in the cross layout that is the plan, less the
    columns that show no sample of the batch."""
    rows = np.flatnonzero(pairing_of(plan).row_view.cpu().numpy() == 0)
    columns = np.flatnonzero((pairing_of(plan).column_view.cpu().numpy() == 1) & _of_batch(plan))
    return rows, columns, plan.matrix.cpu().numpy().astype(np.float64)[np.ix_(rows, columns)]
