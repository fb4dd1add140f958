"""The transport engine against its peers, on one thread.

Run ``python -m benchmarks.transport tolerance`` (or ``door``, ``slow``, ``gradient``, ``sweep``, ``large``); the
peers come with ``pip install -e '.[bench]' -c constraints.txt``. Every answer is checked before it is timed.
"""

import os

# Before anything imports numpy, torch or jax: they read these once.
os.environ.update(
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
    OMP_WAIT_POLICY="PASSIVE",
    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    NPROC="1",  # the size of XLA's own thread pool, which those flags leave alone
    KEOPS_VERBOSE="0",
)
