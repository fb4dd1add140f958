"""Images of the second set whose class the plan finds and the neighbour does not, and the other way round."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.datasets import Batch
from gca_viz.experiments.transfer.result import WAYS, TransferResult
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.pictures import pictures

_SHOWN, _WIDTH = 6, 72


def images(found: TransferResult) -> None:
    """Draw some of both kinds: the image, and from whom it receives most."""
    best = found.best_neighbours
    right = {way: found.ways[way].found == found.truth for way in ("sinkhorn", best)}
    other = WAYS[best][0].lower() + WAYS[best][1:]
    for column, (words, which) in zip(
        st.columns(2),
        (
            (f"The plan is right, the {other} wrong", right["sinkhorn"] & ~right[best]),
            (f"The {other} is right, the plan wrong", right[best] & ~right["sinkhorn"]),
        ),
        strict=True,
    ):
        with column:
            places = np.flatnonzero(which & (found.truth >= 0))
            st.markdown(f"**{words}: {len(places)} images**")
            _cards(found, places[:_SHOWN], best)


def _cards(found: TransferResult, places: np.ndarray, best: str) -> None:
    sender = found.plan.argmax(0).cpu().numpy()
    source, receiver = found.sets.source.batch, found.sets.receiver.batch
    with st.container(horizontal=True, gap="small"):
        for place in places.tolist():
            with st.container(width=2 * _WIDTH + 24, gap=None):
                lender = int(sender[place])
                pictures(
                    [_image(receiver, place), _image(source, lender)],
                    [receiver.names[place], f"receives most from {source.names[lender]}"],
                    width=_WIDTH,
                )
                plan, other = (found.classes[found.ways[way].found[place]] for way in ("sinkhorn", best))
                st.caption(plain(f"{receiver.names[place]}: plan {plan}, neighbour {other}"))


def _image(batch: Batch, place: int) -> np.ndarray:
    image: np.ndarray = batch.dataset.images[batch.indices[place]]
    return image
