from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from gca_viz.datasets import (
    MODES,
    SPLITS,
    Batch,
    Dataset,
    Selection,
    classmate_in_other_domain,
    order,
    partner_in_other_domain,
    pick,
)
from gca_viz.errors import InputError

DOMAINS = ("photo", "sketch", "paint")
CLASSES = ("cat", "dog", "owl")
# 30 things, of which 20 cats, 6 dogs and 4 owls, each in three domains; every other thing is held out.
LABELS = np.repeat([0, 1, 2], [20, 6, 4])


@pytest.fixture(scope="module")
def dataset():
    return Dataset(
        name="toy",
        title="Toy",
        images=np.random.default_rng(0).integers(0, 256, (90, 4, 4, 3), np.uint8),
        labels=np.tile(LABELS, 3),
        class_names=CLASSES,
        domains=np.repeat([0, 1, 2], 30),
        domain_names=DOMAINS,
        identities=np.tile(np.arange(30), 3),
        names=tuple(f"thing {k}" for k in range(30)) * 3,
        held_out=np.tile(np.arange(30) % 2 == 0, 3),
        content_id="toy",
        attribution=("me",) * 3,
    )


@pytest.fixture(scope="module")
def one_domain(dataset):
    keep = slice(0, 30)
    return Dataset(
        name="plain",
        title="Plain",
        images=dataset.images[keep],
        labels=dataset.labels[keep],
        class_names=CLASSES,
        domains=dataset.domains[keep],
        domain_names=("photo",),
        identities=dataset.identities[keep],
        names=dataset.names[keep],
        held_out=dataset.held_out[keep],
        content_id="plain",
        attribution=("me",),
    )


def cells(batch):
    """Images in each class × domain."""
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (batch.labels, batch.domains), 1)
    return counts


drawn_modes = pytest.mark.parametrize("mode", ["random", "stratified", "same identity"])


@drawn_modes
@pytest.mark.parametrize("split", SPLITS)
def test_a_batch_is_distinct_of_its_size_and_inside_its_split(dataset, mode, split):
    batch = pick(dataset, Selection(mode, size=30, split=split))
    assert len(batch) == batch.size == 30
    assert len(set(batch.indices.tolist())) == 30
    found = set(dataset.held_out[batch.indices].tolist())
    assert found == {"held-out": {True}, "train": {False}, "all": {True, False}}[split]


@drawn_modes
def test_the_seed_decides(dataset, mode):
    def indices(seed):
        return pick(dataset, Selection(mode, size=21, seed=seed)).indices.tolist()

    assert indices(3) == indices(3)
    assert indices(3) != indices(4)


@drawn_modes
def test_a_smaller_batch_is_part_of_a_larger_one(dataset, mode):
    small, large = (set(pick(dataset, Selection(mode, size=size)).indices.tolist()) for size in (12, 36))
    assert small < large


@drawn_modes
def test_only_the_named_classes_and_domains(dataset, mode):
    chosen = Selection(mode, size=6, split="all", classes=("dog", "owl"), domains=("paint", "photo"))
    batch = pick(dataset, chosen)
    assert set(batch.labels.tolist()) <= {1, 2}
    assert set(batch.domains.tolist()) == {0, 2}


def test_every_image_is_as_likely_as_any_other(dataset):
    counts = np.zeros(90)
    for seed in range(400):
        counts[pick(dataset, Selection(size=30, seed=seed, split="all")).indices] += 1
    # 400 draws with probability 1/3: mean 133, standard deviation 9.4; five of them for 90 images
    assert counts.min() > 133 - 47 and counts.max() < 133 + 47


@pytest.mark.parametrize("size", [1, 5, 9, 10, 14, 18, 30, 45])
def test_balanced_cells_differ_by_at_most_one_while_the_supply_lasts(dataset, size):
    batch = pick(dataset, Selection("stratified", size=size, seed=size))
    counts = cells(batch)
    supply = np.zeros((3, 3), int)
    np.add.at(supply, (dataset.labels[dataset.held_out], dataset.domains[dataset.held_out]), 1)
    assert counts.sum() == size
    exhausted = counts == supply
    assert (counts[~exhausted] >= counts.max() - 1).all()
    if not exhausted.any():
        for axis in (0, 1):
            assert np.ptp(counts.sum(axis)) <= 1


@pytest.mark.parametrize(("size", "expected"), [(3, 3), (10, 9), (11, 9), (12, 12)])
def test_identity_gives_whole_groups_side_by_side(dataset, size, expected):
    batch = pick(dataset, Selection("same identity", size=size))
    assert len(batch) == expected
    groups = batch.identities.reshape(-1, 3)
    assert (groups == groups[:, :1]).all()
    assert len(set(groups[:, 0])) == expected // 3
    assert (batch.domains.reshape(-1, 3) == [0, 1, 2]).all()
    assert all(len({batch.names[k] for k in range(3 * g, 3 * g + 3)}) == 1 for g in range(expected // 3))


def test_by_hand_keeps_the_order_and_ignores_the_rest(dataset):
    chosen = Selection("chosen", size=0, split="nowhere", classes=("fish",), indices=(80, 3, 41))
    batch = pick(dataset, chosen)
    assert batch.indices.tolist() == [80, 3, 41]
    assert (batch.images == dataset.images[[80, 3, 41]]).all()


@pytest.mark.parametrize(
    ("selection", "parameter", "says"),
    [
        (Selection("mixed"), "mode", "'mixed'; the choices are stratified, random, same identity, chosen"),
        (Selection(split="test"), "split", "'test'; the choices are held-out, train, all"),
        (Selection(classes=("fish",)), "classes", "'fish'; the choices are cat, dog, owl"),
        (Selection(domains=("clay",)), "domains", "'clay'; the choices are photo, sketch, paint"),
        (Selection(size=0), "size", "size = 0; a batch has at least 1 image. Use 1 to 45"),
        (Selection(size=46), "size", "size = 46; 45 images are available"),
        (Selection("stratified", size=46), "size", "45 images are available"),
        (Selection("same identity", size=48), "size", "size = 48; 45 images are available"),
        (Selection("same identity", size=2), "size", "one group takes 3 images"),
        (Selection("same identity", domains=("photo",)), "mode", "with 1 domain; .* at least two"),
        (Selection("chosen"), "indices", "no chosen images"),
        (Selection("chosen", indices=(3, 90)), "indices", "image 90; the images of 'toy' are numbered 0 to 89"),
        (Selection("chosen", indices=(-1,)), "indices", "image -1"),
        (Selection("chosen", indices=(3, 4, 3)), "indices", "image 3 twice"),
    ],
)
def test_what_cannot_be_picked_is_refused(dataset, selection, parameter, says):
    with pytest.raises(InputError, match=says) as caught:
        pick(dataset, selection)
    assert caught.value.parameter == parameter


def test_a_choice_without_images_is_refused(one_domain):
    everything_in_train = Dataset(**{**vars_of(one_domain), "held_out": np.zeros(30, bool)})
    with pytest.raises(InputError, match="no image of 'plain' \\(held-out\\)"):
        pick(everything_in_train, Selection(size=1))


def vars_of(dataset):
    return {name: getattr(dataset, name) for name in Dataset.__dataclass_fields__}


def test_a_selection_can_key_a_cache():
    assert hash(Selection("same identity", 9)) == hash(Selection("same identity", 9))
    assert Selection("same identity", 9) != Selection("same identity", 10)


def test_the_content_id_follows_content_and_order_only(dataset, one_domain):
    def content_id(*indices, source=dataset):
        return Batch(source, np.array(indices)).content_id

    assert content_id(1, 2, 3) == "cc9a5ef2e8b7e2cf"  # the same in every process
    assert (
        len({content_id(1, 2, 3), content_id(3, 2, 1), content_id(1, 2), content_id(1, 2, 3, source=one_domain)})
        == 4
    )


def test_partners_are_the_same_thing_in_any_other_domain(dataset):
    batch = pick(dataset, Selection(size=45))
    found = dict.fromkeys(product(range(3), range(3)), 0)
    for seed in range(20):
        partners = partner_in_other_domain(batch, seed)
        assert (dataset.identities[partners] == batch.identities).all()
        for pair in zip(batch.domains, dataset.domains[partners], strict=True):
            found[pair] += 1
    for (here, there), count in found.items():
        assert count == 0 if here == there else 100 < count < 200  # 150 expected, standard deviation 8.7
    assert (partner_in_other_domain(batch, 5) == partner_in_other_domain(batch, 5)).all()


def test_a_partner_needs_a_second_domain(one_domain):
    batch = pick(one_domain, Selection(size=3))
    with pytest.raises(InputError, match="of 'plain', which exists in one domain only"):
        partner_in_other_domain(batch)


def test_classmates_repeat_only_when_there_are_too_few(dataset):
    batch = pick(dataset, Selection(size=30, domains=dataset.domain_names[:1], split="all", mode="stratified"))
    partners = classmate_in_other_domain(batch)
    for label in np.unique(batch.labels):
        rows = batch.labels == label
        supply = (dataset.labels == label) & (dataset.domains != 0)
        for split in (True, False):
            here = rows & (dataset.held_out[batch.indices] == split)
            enough = (supply & (dataset.held_out == split)).sum()
            assert len(np.unique(partners[here])) == min(here.sum(), enough)
    assert (classmate_in_other_domain(batch, 5) == classmate_in_other_domain(batch, 5)).all()
    assert (classmate_in_other_domain(batch, 5) != classmate_in_other_domain(batch, 6)).any()


def test_a_classmate_needs_a_label_and_a_second_domain(one_domain):
    with pytest.raises(InputError, match="which is of a class in one domain only"):
        classmate_in_other_domain(pick(one_domain, Selection(size=3)))
    unlabelled = replace(
        one_domain,
        labels=np.full(len(one_domain), -1),
        domains=np.arange(len(one_domain)) % 2,
        domain_names=("plain", "other"),
        attribution=("a", "b"),
    )
    with pytest.raises(InputError, match="which has no label"):
        classmate_in_other_domain(pick(unlabelled, Selection(size=3)))


@pytest.mark.parametrize(
    ("by", "first", "second"), [("class", "labels", "domains"), ("domain", "domains", "labels")]
)
def test_an_order_makes_blocks_within_blocks(dataset, by, first, second):
    batch = pick(dataset, Selection("chosen", indices=tuple(np.random.default_rng(1).permutation(90).tolist())))
    positions = order(batch, by)
    assert sorted(positions.tolist()) == list(range(90))
    keys = list(zip(getattr(batch, first)[positions], getattr(batch, second)[positions], positions, strict=True))
    assert keys == sorted(keys)  # the position comes last: equal samples keep their order


def test_order_by_identity_and_by_index(dataset):
    batch = pick(dataset, Selection("chosen", indices=(61, 2, 31, 1, 62)))
    assert batch.identities[order(batch, "identity")].tolist() == [1, 1, 1, 2, 2]
    assert batch.domains[order(batch, "identity")].tolist() == [0, 1, 2, 0, 2]
    assert order(batch, "index").tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(InputError, match="'size'; the choices are class, domain, identity, index"):
        order(batch, "size")


def test_the_modes_are_the_documented_ones(dataset):
    for mode in MODES:
        assert f'``"{mode}"``' in Selection.__doc__
        assert len(pick(dataset, Selection(mode, size=6, indices=tuple(range(6))))) == 6
