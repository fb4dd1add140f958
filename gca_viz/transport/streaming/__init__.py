"""Batches too large for an N × N matrix: plans computed and read tile by tile."""

from gca_viz.transport.streaming.align import align_streamed
from gca_viz.transport.streaming.plan import Partners, StreamedPlan

__all__ = ["Partners", "StreamedPlan", "align_streamed"]
