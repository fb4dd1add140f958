import pytest

from gca_viz.datasets import DATASETS, load_dataset, supply
from gca_viz.encoders import uploads
from gca_viz.encoders.bundled import MODELS
from gca_viz.experiments.plan.engine import batch_of
from gca_viz.experiments.recipe.consistency import consistent
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.experiments.recipe.recipe import EncoderRecipe, Recipe


def test_a_recipe_that_fits_is_left_alone():
    recipe = Recipe().with_values(classes=("animal",), n=20, method="iot", layout="joint")
    assert consistent(recipe) == (recipe, [])


def test_another_data_set_forgets_what_belonged_to_the_first():
    old = Recipe().with_values(classes=("animal",), domains=("noto",), images=(3,))
    new, notes = consistent(old.with_values(data="digits"), old)
    assert (new.data.classes, new.data.domains, new.data.indices) == ((), (), ()) and notes == []
    assert len(batch_of(new.data)) == 128


def test_who_is_compared_follows_the_data_unless_somebody_chose():
    old = Recipe()
    heads, notes = consistent(old.with_values(data="things"), old)
    assert heads.compare.encoders == DATASETS["things"].compared and notes == []
    assert heads.compare.second == heads.compare.encoders[-1] == "things-cross-ince"
    back, _ = consistent(heads.with_values(data="digits"), heads)
    assert back.compare == old.compare
    chosen = old.with_values(encoders=("random", "byol"), **{"with": "byol"})
    assert consistent(chosen.with_values(data="things"), chosen)[0].compare == chosen.compare
    assert consistent(old.with_values(data="things"))[0].compare == old.compare, "a link says whom it compares"


def test_names_of_another_data_set_in_a_link_are_left_out_and_told():
    new, notes = consistent(Recipe().with_values(data="digits", domains=("noto",), classes=("3", "face")))
    assert (new.data.classes, new.data.domains) == (("3",), ())
    assert "face" in notes[0] and "noto" in notes[1]


@pytest.mark.parametrize("mode", ["stratified", "random", "same identity"])
def test_a_batch_is_never_larger_than_what_there_is(mode):
    asked = Recipe().with_values(classes=("animal",), n=500, by=mode)
    new, notes = consistent(asked)
    there = supply(load_dataset("emoji"), asked.data.selection)
    assert new.data.size == there == len(batch_of(new.data))
    assert f"N is now {there}" in notes[0]


def test_a_method_brings_a_layout_that_it_has_and_never_stands_beside_itself():
    old = Recipe().with_values(layout="joint")
    new, notes = consistent(old.with_values(method="clip"), old)
    assert new.method.layout == "auto" and "clip has no joint layout" in notes[0]
    swapped, notes = consistent(Recipe().with_values(method="ince"), Recipe())
    assert (swapped.method.name, swapped.method.reference) == ("ince", "gca-ince") and notes == []
    alone, _ = consistent(Recipe().with_values(vs="gca-ince"))
    assert alone.method.reference == "none"


def test_what_does_not_go_with_hard_negatives_gives_way():
    recipe, notes = consistent(Recipe().with_values(method="hcl", hold="cell"))
    assert recipe.method.hold == "auto" and recipe.method.composition.weighs_negatives
    assert "What is held gave way" in notes[0]


def test_a_method_stands_beside_itself_where_its_dials_differ():
    old = Recipe().with_values(method="ince", vs="clip")
    told, notes = consistent(old.with_values(vs="ince"), old)
    assert told.method.reference == "none" and "choose another kernel" in notes[0]
    other, notes = consistent(old.with_values(vs="ince", vs_hold="total"), old)
    assert other.method.reference == "ince" and notes == []
    same, _ = consistent(old.with_values(vs="ince", vs_hold="rows", vs_kernel="gibbs"))
    assert same.method.reference == "none" and same.to_query() == old.with_values(vs="none").to_query()


def test_data_or_an_encoder_that_is_gone_gives_way_to_the_default_with_a_sentence():
    gone = Recipe().with_values(data="own:gone", seed=3, encoder="own:gone", eps=0.2)
    fitting, notes = consistent(gone)
    assert fitting.data == Recipe().data and fitting.encoder == Recipe().encoder
    assert fitting.method.epsilon == 0.2
    assert len(notes) == 2 and all("Bring the file again" in note for note in notes)


def test_an_output_that_an_encoder_lacks_gives_way_to_one_that_it_has():
    """EfficientNet-Lite0's network alone, as somebody uploads it, has no projector."""
    old, alone = Recipe(), uploads.keep(MODELS / "networks" / "efficientnet-lite0.safetensors")
    fitting, notes = consistent(old.with_values(encoder=alone), old)
    assert fitting.encoder.output == "backbone" and not notes
    fitting, notes = consistent(fitting.with_values(output="projector"), fitting)
    assert fitting.encoder.output == "backbone" and "no projector" in notes[0]


def test_views_of_image_and_text_bring_an_encoder_of_both():
    old = Recipe().with_values(output="backbone")
    new, notes = consistent(old.with_values(views="image-text"), old)
    assert (new.encoder.name, new.encoder.output) == ("image-text", "projector") and "encoder of both" in notes[0]
    kept, notes = consistent(new.with_values(encoder="efficientnet-lite0-text"), new)
    assert (kept.encoder.name, kept.views.preset, notes) == ("efficientnet-lite0-text", "image-text", [])
    kept, notes = consistent(new.with_values(output="backbone"), new)
    assert kept.encoder.output == "projector" and "image and text meet" in notes[0]


def test_what_no_two_domains_share_is_not_drawn_by_identity():
    old = Recipe().with_values(by="same identity", n=16)
    new, notes = consistent(old.with_values(data="digits-mnist"), old)
    assert (new.data.mode, new.data.size) == ("stratified", 16)
    assert notes == ["Nothing of this choice is there in every domain: the images are now drawn stratified."]
    one, notes = consistent(old.with_values(data="digits-mnist", domains=("mnist",)))
    assert (one.data.mode, notes) == ("same identity", [])  # of one domain, each image is all there is


def test_the_same_thing_in_another_domain_becomes_one_of_its_class_where_no_domains_share_things():
    old = Recipe().with_values(views="cross-style-simclr", n=16)
    new, notes = consistent(old.with_values(data="digits-mnist"), old)
    assert new.views.preset == "cross-class"
    assert notes == [
        "Handwritten digits in two domains shows nothing in two domains: the views are now Same class, other style."
    ]


def test_an_encoder_of_images_alone_or_data_without_texts_ends_them():
    old = Recipe().with_values(views="image-text", encoder="image-text")
    new, notes = consistent(old.with_values(encoder="ince"), old)
    assert (new.encoder.name, new.views.preset) == ("ince", "simclr") and "reads no texts" in notes[0]
    new, notes = consistent(old.with_values(data="digits"), old)
    assert (new.encoder.name, new.views.preset) == ("image-text", "simclr")
    assert notes == ["Handwritten digits has no texts: the views are now SimCLR."]


def test_a_chosen_group_belongs_to_its_batch():
    old = Recipe().with_values(group=(1, 5))
    kept, _ = consistent(old.with_values(eps=0.3), old)
    assert kept.display.group == (1, 5)
    other, notes = consistent(old.with_values(seed=1), old)
    assert other.display.group == () and notes == []
    assert consistent(old)[0].display.group == (1, 5)  # as a link says


def test_texts_of_things_are_read_by_an_encoder_of_photographs():
    old = Recipe().with_values(data="things", n=8)
    after, notes = consistent(old.with_values(views="image-text"), old)
    assert after.encoder.name == "image-text-lite0" and "need an encoder of both" in notes[0]
    emoji = Recipe().with_values(n=8)
    assert consistent(emoji.with_values(views="image-text"), emoji)[0].encoder.name == "image-text"


def test_the_encoder_follows_the_data_until_one_is_chosen():
    emoji = Recipe().with_values(n=8)
    assert consistent(emoji.with_values(data="things"), emoji)[0].encoder.name == "efficientnet-lite0"
    away = FIRST_SCREEN.with_values(data="emoji", n=8)
    assert consistent(away, FIRST_SCREEN)[0].encoder == EncoderRecipe()
    chosen = FIRST_SCREEN.with_values(encoder="gca-ince")
    assert consistent(chosen.with_values(data="emoji", n=8), chosen)[0].encoder.name == "gca-ince"


def test_a_kernel_and_what_is_held_give_way_to_each_other():
    cell, notes = consistent(Recipe().with_values(hold="cell"))
    assert (cell.method.kernel, cell.method.hold) == ("logistic", "cell") and "kernel gave way" in notes[0]
    sigmoid, _ = consistent(Recipe().with_values(method="siglip", kernel="student"))
    assert sigmoid.method.kernel == "logistic"
    cosine, notes = consistent(Recipe().with_values(method="t-simclr", kernel="simo"))
    assert (cosine.method.kernel, cosine.method.cost) == ("simo", "cosine") and "distance gave way" in notes[0]
    for recipe in (cell, sigmoid, cosine):
        assert consistent(recipe) == (recipe, [])
