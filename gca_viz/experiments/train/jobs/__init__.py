"""Trainings that the app starts, each a folder and one or two processes of ``gca-viz train``."""
