import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA

from gca_viz.errors import InputError
from gca_viz.geometry.projection import PROJECTIONS, compile_umap, project
from gca_viz.geometry.trust import trust
from tests.geometry.clusters import clusters, rotated


class CancelledError(Exception):
    pass


@pytest.mark.parametrize("method", PROJECTIONS)
def test_a_map_is_the_same_each_time_and_says_what_its_axes_are(method):
    z = clusters().z
    found, again = project(z, method), project(z, method)
    assert np.array_equal(found.coordinates, again.coordinates)
    assert found.coordinates.dtype == np.float32 and np.isfinite(found.coordinates).all()
    assert found.coordinates.shape == (120, 3 if method == "sphere" else 2) == (120, len(found.axes))


@pytest.mark.parametrize("method", ["t-sne", "umap"])
def test_another_seed_is_another_map_and_three_axes_are_possible(method):
    z = clusters(samples=20).z
    assert not np.allclose(project(z, method).coordinates, project(z, method, seed=1).coordinates, atol=1e-3)
    assert project(z, method, dimensions=3).coordinates.shape == (40, 3)


def test_principal_components_are_those_of_scikit_learn():
    z, model = clusters().z, PCA(3)
    expected = model.fit_transform(z)
    found = project(z, "pca", dimensions=3)
    assert np.abs(found.coordinates) == pytest.approx(np.abs(expected), abs=1e-4)
    assert found.axes[0] == f"PC 1 ({100 * model.explained_variance_ratio_[0]:.0f} % of variance)"


@pytest.mark.parametrize("method", ["pca", "sphere", "circle"])
def test_a_rotation_of_the_space_moves_no_point_relative_to_another(method):
    points = clusters()
    before, after = (project(p.z, method).coordinates for p in (points, rotated(points)))
    assert pdist(after) == pytest.approx(pdist(before), abs=1e-3)


def test_sphere_and_circle_have_radius_one_and_keep_what_is_on_them():
    z = clusters(width=3).z
    found = project(z, "sphere").coordinates
    assert np.linalg.norm(found, axis=1) == pytest.approx(1)
    assert found @ found.T == pytest.approx(z @ z.T, abs=1e-5)  # three dimensions lose nothing
    assert np.linalg.norm(project(clusters().z, "circle").coordinates, axis=1) == pytest.approx(1)


@pytest.mark.parametrize("method", ["t-sne", "umap"])
def test_clusters_are_found_and_the_map_can_be_trusted_more_than_chance(method):
    points = clusters(noise=0.2)
    found = project(points.z, method).coordinates
    centres = np.stack([found[points.labels == label].mean(0) for label in range(4)])
    nearest = ((found[:, None] - centres) ** 2).sum(-1).argmin(1)
    assert np.mean(nearest == points.labels) > 0.95
    judged, chance = trust(points.z, found), trust(points.z, np.random.default_rng(0).normal(size=found.shape))
    assert judged.trustworthiness > chance.trustworthiness + 0.2 and judged.continuity > chance.continuity + 0.2


def test_a_map_that_is_the_embedding_has_full_trust_and_few_points_fewer_neighbours():
    z = clusters(width=3).z
    judged = trust(z, z)
    assert (judged.trustworthiness, judged.continuity, judged.neighbours) == (1, 1, 10)
    assert trust(z[:5], z[:5]).neighbours == 2 and trust(z[:2], z[:2]) is None


def test_trust_is_what_its_definition_says():
    points = clusters(samples=12)
    found, k, n = project(points.z, "pca").coordinates, 10, 24
    near = lambda x: np.argsort(((x[:, None] - x) ** 2).sum(-1), 1)[:, 1:]  # noqa: E731
    high, low = near(points.z.astype(float)), near(found.astype(float))
    false = sum(list(high[i]).index(j) + 1 - k for i in range(n) for j in set(low[i, :k]) - set(high[i, :k]))
    expected = 1 - false * 2 / (n * k * (2 * n - 3 * k - 1))
    assert trust(points.z, found).trustworthiness == pytest.approx(expected)


@pytest.mark.parametrize("method", ["t-sne", "umap"])
def test_a_map_can_be_cancelled_and_tells_how_far_it_is(method):
    told = []
    project(clusters(samples=20).z, method, progress=lambda share, what: told.append(share))
    assert told == sorted(told) and len(told) > 50 and told[-1] > 0.6

    def cancel(share, what):
        if share > 0.3:
            raise CancelledError

    with pytest.raises(CancelledError):
        project(clusters(samples=20).z, method, progress=cancel)


def test_two_sessions_may_ask_for_umap_at_once():
    z = clusters().z
    with ThreadPoolExecutor(3) as pool:
        maps = [found.coordinates for found in pool.map(lambda _: project(z, "umap"), range(3))]
    assert np.array_equal(maps[0], maps[1]) and np.array_equal(maps[0], maps[2])


@pytest.mark.parametrize("method", ["t-sne", "umap"])
def test_too_few_points_or_a_heap_are_refused_with_a_remedy(method):
    with pytest.raises(InputError, match="at least 6.*Choose PCA"):
        project(clusters(samples=2).z, method)
    with pytest.raises(InputError, match="all the same.*Choose PCA"):
        project(np.ones((20, 4), np.float32) / 2, method)
    smallest = project(clusters(samples=3).z, method)
    assert np.isfinite(smallest.coordinates).all() and smallest.neighbours <= 5


@pytest.mark.parametrize("method", ["pca", "sphere", "circle"])
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_maps_by_direction_take_any_batch(method, samples):
    for z in (clusters(samples=samples, classes=1).z, np.zeros((2 * samples, 1), np.float32)):
        assert np.isfinite(project(z, method, dimensions=3).coordinates).all()


def test_an_unknown_map_is_refused():
    with pytest.raises(InputError, match="t-sne, umap, pca"):
        project(clusters().z, "isomap")


def test_what_umap_compiles_is_kept_for_the_next_process():
    from umap import layouts, umap_

    compile_umap()
    for function in (
        umap_.smooth_knn_dist,
        umap_.compute_membership_strengths,
        layouts._get_optimize_layout_euclidean_single_epoch_fn(),
    ):
        assert [*Path(function.stats.cache_path).glob(f"*.{function.py_func.__name__}-*.nbi")]


def test_umap_is_compiled_where_nothing_can_be_kept():
    program = "from gca_viz.geometry.projection import compile_umap; compile_umap()"
    nowhere = os.environ | {"NUMBA_CACHE_DIR": os.devnull + "/nowhere"}
    subprocess.run([sys.executable, "-c", program], env=nowhere, check=True, timeout=300)
