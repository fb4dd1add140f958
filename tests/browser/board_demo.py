"""A page with nothing but the matrix board on synthetic embeddings; the board's tests and benchmark drive it.

Query parameters: ``n`` batch size, ``seed``, ``layout=joint``, ``order=index``, ``log=1``, ``panels``
(comma-separated kinds), ``steps`` half steps, ``step`` and ``pick=i-j`` to start with, ``hollow=1`` for a GCA-INCE
whose pairs are excluded.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.ui.elements import board

CLASSES = ("animal", "face", "food", "hand", "object", "person", "place", "plant", "symbol", "vehicle")


def embeddings(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two noisy views of n points in ten clusters, and the cluster of each."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(len(CLASSES), n, p=np.arange(2, 12) / 65)
    centres = rng.normal(size=(len(CLASSES), 32))
    points = 0.9 * centres[classes] + rng.normal(size=(n, 32))
    views = [points + 0.9 * rng.normal(size=points.shape) for _ in range(2)]
    z1, z2 = (view / np.linalg.norm(view, axis=1, keepdims=True) for view in views)
    return z1, z2, classes


def problem(n: int, seed: int, joint: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cost, partner and class of every row; the joint layout excludes self cells."""
    z1, z2, classes = embeddings(n, seed)
    if not joint:
        return 1 - z1 @ z2.T, np.arange(n), classes
    z = np.concatenate([z1, z2])
    cost = 1 - z @ z.T
    np.fill_diagonal(cost, np.inf)
    return cost, np.roll(np.arange(2 * n), n), np.tile(classes, 2)


def sinkhorn(cost: np.ndarray, epsilon: float, half_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Potentials after 0…T half steps, rows first, unit marginals."""
    n = len(cost)
    f, g = np.zeros((half_steps + 1, n)), np.zeros((half_steps + 1, n))
    kernel = np.exp(-cost / epsilon)
    for t in range(1, half_steps + 1):
        f[t], g[t] = f[t - 1], g[t - 1]
        if t % 2:
            f[t] = -epsilon * np.log(kernel @ np.exp(g[t] / epsilon))
        else:
            g[t] = -epsilon * np.log(kernel.T @ np.exp(f[t] / epsilon))
    return f, g


def plan(cost: np.ndarray, f: np.ndarray, g: np.ndarray, epsilon: float) -> np.ndarray:
    """The plan of one pair of potentials."""
    return np.exp((f[:, None] + g[None] - cost) / epsilon)


def without_pairs(cost: np.ndarray) -> np.ndarray:
    """The same, but nobody may be matched with its pair."""
    return np.where(np.eye(len(cost), dtype=bool), np.inf, cost)


def tiles(classes: np.ndarray, shade: float) -> np.ndarray:
    """Coloured squares with a mark, one per sample."""
    n = len(classes)
    hue = (classes + 0.5) / len(CLASSES) * 2 * np.pi
    colour = 150 + 90 * np.cos(hue[:, None] + np.array([0, 2.1, 4.2])) * shade
    images = np.tile(colour[:, None, None].astype(np.uint8), (1, 32, 32, 1))
    y, x = np.mgrid[:32, :32]
    for k in range(n):
        images[k, (x - 8 - k * 7 % 17) ** 2 + (y - 8 - k * 11 % 17) ** 2 < 25] = 255
    return images


def order_of(classes: np.ndarray, how: str) -> tuple[np.ndarray, list[board.Group]]:
    """Display order by class with its blocks, or by index without."""
    if how == "index":
        return np.arange(len(classes)), []
    order = np.argsort(classes, kind="stable")
    labels, sizes = np.unique(classes[order], return_counts=True)
    return order, [board.Group(CLASSES[label], int(size)) for label, size in zip(labels, sizes, strict=True)]


@st.cache_resource
def packed(n: int, seed: int, joint: bool, hollow: bool = False) -> tuple[board.Batch, np.ndarray, np.ndarray]:
    cost, partner, classes = problem(n, seed, joint)
    size = len(cost)
    texts = {
        "names": [f"sample {k % n}" for k in range(size)],
        "classes": [CLASSES[c] for c in classes],
        "domains": [("noto", "fluent", "twemoji")[k % 3] for k in range(size)],
    }
    samples = board.pack_samples(
        board.Side(**texts, images=tiles(classes, 1.0)),
        board.Side(**texts, images=tiles(classes, 0.6)),
        partner=partner,
        axes=("views 1 and 2", "views 1 and 2") if joint else ("view 1", "view 2"),
    )
    costs = np.stack([cost, without_pairs(cost)]) if hollow else cost
    return board.pack_batch(costs, samples), costs, classes


TITLES = {
    "cost": "Cost of every pair",
    "kernel": "The kernel before any constraint",
    "ince": "InfoNCE: every row sends its mass",
    "gca": "GCA-INCE: every column receives it, too",
    "target": "Who should be matched",
    "residual": "The residual is the force",
    "difference": "What Sinkhorn moved",
}


def spec(name: str) -> board.Panel:
    """Panel of the two demo plans by short name."""
    kind = {"ince": "plan", "gca": "plan"}.get(name, name)
    return board.Panel(kind, TITLES[name], plan=0 if name in ("ince", "kernel") else 1, minus=0)


@st.fragment
def page() -> None:
    q = st.query_params
    n, joint = int(q.get("n", "128")), q.get("layout") == "joint"
    epsilon = st.slider("epsilon", 0.02, 1.0, 0.1, 0.01, key="epsilon")
    python_step = st.number_input("step from Python", 0, 400, None, key="python_step")
    seed = st.number_input("seed", 0, 99, int(q.get("seed", "0")))
    batch, cost, classes = packed(n, seed, joint, q.get("hollow") == "1")
    of_ince, of_gca = (cost, cost) if cost.ndim == 2 else cost
    order, groups = order_of(classes, q.get("order", "class"))
    half_steps = int(q.get("steps", "20"))
    plans = [
        board.PlanFrames("InfoNCE", epsilon, *sinkhorn(of_ince, epsilon, 1)),
        board.PlanFrames("GCA-INCE", epsilon, *sinkhorn(of_gca, epsilon, half_steps), cost=batch.cost_count - 1),
    ]
    pick = tuple(int(k) for k in q["pick"].split("-")) if "pick" in q else None
    step = python_step if python_step is not None else int(q["step"]) if "step" in q else None
    if not st.checkbox("show the board", True):
        return
    result = board.show(
        batch,
        plans,
        [spec(name) for name in q.get("panels", "ince,gca,difference").split(",")],
        key="board",
        step=step,
        pick=pick,
        order=order,
        groups=groups,
        scale=board.Scale(log=q.get("log") == "1"),
    )
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.text(f"step={result.step} pick={result.pick} runs={st.session_state.runs}")


if __name__ == "__main__":
    st.set_page_config(layout="wide", page_title="Board")
    page()
