"""The matrix board: linked N × M matrices of one batch, drawn by the browser.

Python sends *who is in the batch* (names, thumbnails), *how far they are* (the cost), *who should match*
(the targets) and, per plan, the potentials of every half step; the browser computes
``P_ij(t) = exp((f_i(t) + g_j(t) − C_ij) / ε)`` itself, so that scrubbing the iterations needs no server::

    from gca_viz.ui import board

    samples = board.pack_samples(        # makes the thumbnails: once per batch
        board.Side(names, classes, domains, images1),           # N strings each, uint8 (N, H, W, 3|4); all optional
        board.Side(names, classes, domains, images2),
        partner=partner,                 # (N,) index of each row's partner column, −1 for none
    )
    batch = board.pack_batch(
        cost,                            # (N, M) or (K, N, M) array, +inf = excluded cell
        samples,
        targets=[target],                # list of (N, M) arrays; default: the partner permutation
    )
    plans = [board.PlanFrames("InfoNCE", epsilon=0.1, f=f, g=g)]  # f: (T+1, N) or (parts, T+1, N), g: of M
    panels = [
        board.Panel("plan", "InfoNCE keeps 84 % of the mass on the pairs", plan=0),
        board.Panel("difference", "What Sinkhorn moved", plan=1, minus=0),
    ]
    result = board.show(
        batch, plans, panels, key="alignment",
        step=None,                       # half step to show; None = the last
        pick=None,                       # (i, j) of the outlined cell, or None
        order=order,                     # (N,) display position → original index
        groups=[board.Group("animal", 40), ...],                # consecutive blocks of `order`
        marked=[3, 17],                  # the chosen rows and columns; all else is veiled
        columns=None,                    # board.Along(order, groups, marked) where columns are not as rows are
        scale=board.Scale(log=True),
    )
    result.step, result.pick             # what is on screen after the user's last action

``show`` sorts out who acted last: pass the page's own state in, store the result back, and neither side overrides
the other. Only ``plans``, ``panels`` and the other small arguments travel again when ε moves; the batch's
three parts are each re-sent only when their content changes.
"""

from gca_viz.ui.elements.board.batch import Batch, Samples, Side, pack_batch, pack_samples
from gca_viz.ui.elements.board.component import BoardResult, keep, show, unseen
from gca_viz.ui.elements.board.frames import Along, Group, Panel, PlanFrames, Scale, pack_frames
from gca_viz.ui.elements.board.sprite import sprite

__all__ = [
    "Along",
    "Batch",
    "BoardResult",
    "Group",
    "Panel",
    "PlanFrames",
    "Samples",
    "Scale",
    "Side",
    "keep",
    "pack_batch",
    "pack_frames",
    "pack_samples",
    "show",
    "sprite",
    "unseen",
]
