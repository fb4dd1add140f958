"""Everything that a GPU does here, in eight minutes: the tests that need one, and the engine against its peers.

Run ``python -m benchmarks.gpu`` on a machine with a GPU; peers that are not installed are left out.
"""

import os

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # else jax takes three quarters of the memory
