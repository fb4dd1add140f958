"""Grids of temperatures and penalties on one batch: many plans in one program, read in numbers."""
