"""Grids of temperatures and penalties on one batch: many plans in one program, read in numbers."""

from gca_viz.transport.sweeps.sweep import Sweep, constraint_square, partial_sweeps, sweep

__all__ = ["Sweep", "constraint_square", "partial_sweeps", "sweep"]
