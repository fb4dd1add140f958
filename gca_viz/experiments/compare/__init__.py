"""Encoders, epochs or methods beside each other on one batch with the same views."""
