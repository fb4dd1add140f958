"""Images embedded in tiles by workers of Ray have the bits of this process; what lies on a disk stays there."""

import os
import pickle
import signal

import numpy as np
import pytest

from gca_viz.cluster import uploads
from gca_viz.datasets import UPLOADS, Batch, load_dataset
from gca_viz.datasets.images import open_images
from gca_viz.errors import InputError
from gca_viz.experiments import embedding_tiles
from gca_viz.experiments.embedding_tiles import EmbeddingStore, embedded_tiles, only_inputs
from gca_viz.experiments.plan.embedding_file import into_folder, of_all
from gca_viz.experiments.recipe.recipe import Recipe
from tests.cluster.test_executor import run, task

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """A folder of pictures that were decoded onto a disk."""
    from PIL import Image

    folder, decoded = tmp_path_factory.mktemp("pictures"), tmp_path_factory.mktemp("decoded")
    emoji = load_dataset("emoji")
    for number, image in enumerate(Batch(emoji, np.arange(0, 1200, 10)).images):
        Image.fromarray(image).save(folder / f"{number:03}.png")
    name = UPLOADS.keep(open_images(folder).load(into=decoded)[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding_tiles, "TILE", 25)
        yield Recipe().with_values(data=name, encoder="random")
    UPLOADS.forget(name)


@pytest.fixture(scope="module")
def here(recipe):
    return of_all(recipe)


def test_two_workers_have_the_bits_of_this_process_after_one_was_killed(workers, recipe, here, tmp_path):
    store = EmbeddingStore(tmp_path / "z", recipe=only_inputs(recipe))
    some = embedded_tiles(embedding_tiles.tiles_of(recipe, "cpu"), workers, store, lambda share, what: None)
    next(some)
    some.close()
    killed = []

    def kill(share, what):
        if not killed:
            killed.append(int(run(workers, task("double", x=1.0))[0].worker.rpartition(":")[2]))
            os.kill(killed[0], signal.SIGKILL)

    found = into_folder(recipe, EmbeddingStore(tmp_path / "z", recipe=only_inputs(recipe)), workers, kill)
    assert killed and np.array_equal(found.z1, here.z1) and np.array_equal(found.z2, here.z2)


def test_images_on_a_disk_do_not_travel(recipe, tmp_path):
    kind, thing = uploads.packed(recipe.data.dataset)
    images = load_dataset(recipe.data.dataset).images
    assert len(pickle.dumps(thing)) < images.nbytes / 5
    uploads.unpacked("own:there", kind, thing)
    try:
        assert np.array_equal(load_dataset("own:there").images, images)
    finally:
        UPLOADS.forget("own:there")
    elsewhere = uploads._OnDisk(str(tmp_path / "gone.npy"), 0, (1,), np.dtype("u1"))
    with pytest.raises(InputError, match="cannot read.*disk that they share"):
        uploads.unpacked("own:elsewhere", kind, thing | {"images": elsewhere})
