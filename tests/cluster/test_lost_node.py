"""A machine is lost in the middle of a plan: whoever is left does its work, to the same bits."""

import pytest

from gca_viz.transport import LocalShards, align_streamed
from tests.cluster import machines
from tests.transport.streaming.plans import Z1, Z2, assert_same_bits, settings

pytestmark = pytest.mark.cluster


@pytest.fixture
def joined(cluster):
    """Two more machines, of a core each."""
    found = [machines.join(cluster, num_cpus=1) for _ in range(2)]
    yield found
    for node in found:
        if node in cluster.worker_nodes:
            cluster.remove_node(node)


def test_a_plan_goes_on_without_it_and_with_fewer_cores_than_workers(cluster, joined, monkeypatch):
    import gca_viz.cluster

    given = settings("gca-ince", "cross", "plain") | {"iterations": 12}
    here = align_streamed(Z1, Z2, on=LocalShards(1, blocks=7), **given)
    pools, lost = [], []

    def progress(share, what):
        (pool,) = pools
        if what.startswith("Iteration 3") and len(pool.coming) > 1:  # there are four cores for five workers
            pool.ray.wait(list(pool.coming), num_returns=len(pool.coming) - 1)
        if what.startswith("Iteration 6") and not lost:
            assert len(pool.coming) == 1
            lost.append(joined[0])
            cluster.remove_node(joined[0], allow_graceful=False)

    with gca_viz.cluster.rows(cluster.address, workers=5, blocks=7) as shards:
        placed = shards.place
        monkeypatch.setattr(shards, "place", lambda *of: pools.append(placed(*of)) or pools[0])
        assert_same_bits(align_streamed(Z1, Z2, on=shards, progress=progress, **given), here)
    assert lost and (len(pools[0].free), len(pools[0].coming)) == (3, 2)  # who was to replace it never came
