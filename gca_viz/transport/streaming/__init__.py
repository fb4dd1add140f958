"""Batches too large for an N × N matrix: plans computed and read strip by strip, in blocks of rows."""

from gca_viz.transport.streaming.align import align_streamed
from gca_viz.transport.streaming.plan import StreamedPlan
from gca_viz.transport.streaming.ranks import RankShards
from gca_viz.transport.streaming.reading import Partners
from gca_viz.transport.streaming.shards import LocalShards, Shards

__all__ = ["LocalShards", "Partners", "RankShards", "Shards", "StreamedPlan", "align_streamed"]
