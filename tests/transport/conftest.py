"""Settings of the tests of the transport engine: modest numbers of random examples."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("transport", max_examples=20, deadline=None)
settings.load_profile("transport")
