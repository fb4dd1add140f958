"""Panels of the page Compare checkpoints."""
