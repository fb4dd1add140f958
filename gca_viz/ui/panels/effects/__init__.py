"""Panels of the page of parameter effects."""
