"""Panels of the Geometry page."""
