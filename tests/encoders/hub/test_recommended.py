"""The models that are recommended, as small copies of random weights: of each we make what its library makes.

A copy has the class, the image size, the patches, the registers and the image processor of the model, in the form
that the hub has them in, and fewer and narrower layers. timm is not run: it needs torchvision, which a plain
installation has not; ``test_hub.py`` has a stand-in.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn

from gca_viz.datasets import load_dataset
from gca_viz.encoders.hub.names import PREFIXES, parted
from gca_viz.encoders.hub.recommended import RECOMMENDED
from tests.encoders.hub.loading import load_hub
from tests.encoders.hub.test_hub import SMALL, channels_first

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
OPENAI = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
CROPPED = {"do_resize": True, "do_normalize": True, "resample": 3}
DINO = (
    CROPPED
    | IMAGENET
    | {
        "image_processor_type": "BitImageProcessor",
        "size": {"shortest_edge": 256},
        "crop_size": {"height": 224, "width": 224},
        "do_center_crop": True,
    }
)
WORDS = ("<s>", "</s>", "<pad>", "<unk>", "a", "red", "apple", "cat")
TEXTS = ["a red apple", "cat", "a cat " * 200]


def dino(kind, config, **more):
    return kind(config(**SMALL, image_size=518, patch_size=14, **more))


def siglip():
    text = SMALL | {"vocab_size": 99, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 1}
    vision = SMALL | {"image_size": 256, "patch_size": 16}
    return transformers.SiglipModel(transformers.SiglipConfig(text_config=text, vision_config=vision))


def clip():
    text = SMALL | {"vocab_size": 99, "bos_token_id": 0, "eos_token_id": 1}
    vision = SMALL | {"image_size": 224, "patch_size": 32}
    return transformers.CLIPModel(
        transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    )


def mae():
    decoder = {"decoder_hidden_size": 32, "decoder_num_hidden_layers": 1, "decoder_num_attention_heads": 2}
    return transformers.ViTMAEForPreTraining(
        transformers.ViTMAEConfig(**SMALL, **decoder, decoder_intermediate_size=32, mask_ratio=0.75)
    )


def convnext():
    config = transformers.ConvNextV2Config(hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], num_labels=5)
    return transformers.ConvNextV2ForImageClassification(config)


def resnet():
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[16, 16, 16, 32], depths=[1, 1, 1, 1], num_labels=5
    )
    return transformers.ResNetForImageClassification(config)


#: id → the small copy, and its preprocessor_config.json in the form of its time
COPIES = {
    "facebook/dinov2-small": (lambda: dino(transformers.Dinov2Model, transformers.Dinov2Config), DINO),
    "facebook/dinov2-with-registers-small": (
        lambda: dino(
            transformers.Dinov2WithRegistersModel, transformers.Dinov2WithRegistersConfig, num_register_tokens=4
        ),
        DINO,
    ),
    "google/siglip-base-patch16-256": (
        siglip,
        CROPPED
        | {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "size": {"height": 256, "width": 256}}
        | {"image_processor_type": "SiglipImageProcessor", "processor_class": "SiglipProcessor"},
    ),
    "laion/CLIP-ViT-B-32-laion2B-s34B-b79K": (
        clip,
        CROPPED
        | OPENAI
        | {"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224, "do_center_crop": True},
    ),
    "facebook/vit-mae-base": (mae, CROPPED | IMAGENET | {"resample": 2, "size": 224}),
    "facebook/convnextv2-tiny-1k-224": (
        convnext,
        CROPPED
        | IMAGENET
        | {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224}, "crop_pct": 0.875},
    ),
    "microsoft/resnet-50": (
        resnet,
        CROPPED | IMAGENET | {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875},
    ),
}
TRIED = {entry.name: entry for entry in RECOMMENDED if entry.tried}


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """id → folder of its small copy, with a tokenizer of a few words where it reads texts."""
    folders = {}
    for name, (make, settings) in COPIES.items():
        folder, model = tmp_path_factory.mktemp("copy"), make()
        torch.manual_seed(0)
        for parameter in model.parameters():  # so that images stay apart through all layers
            nn.init.normal_(parameter, std=0.2) if parameter.ndim > 1 else nn.init.uniform_(parameter, 0.5, 1.5)
        model.save_pretrained(folder)
        (folder / "preprocessor_config.json").write_text(json.dumps(settings))
        if name.startswith(("google/", "laion/")):
            tokenizer().save_pretrained(folder)
        folders[name] = folder
    return folders


def tokenizer():
    split = Tokenizer(models.WordLevel({word: k for k, word in enumerate(WORDS)}, unk_token="<unk>"))
    split.pre_tokenizer = pre_tokenizers.Whitespace()
    split.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=split, model_input_names=["input_ids"], clean_up_tokenization_spaces=False, **names
    )


@pytest.fixture(scope="module")
def images():
    """N × 64 × 64 × 3, uint8."""
    return load_dataset("emoji").images[::1200]


def same(found, wanted):
    """Equal, by far less than what tells one sample from another."""
    assert found.shape == wanted.shape
    assert (found - wanted).abs().max() < 0.01 * wanted.std(0).mean()


def pixels_of(folder, images):
    processor = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    return processor(list(images), return_tensors="pt", input_data_format="channels_last")["pixel_values"]


def own(folder, pixels):
    """One vector per image, as the model's own documentation takes it."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    if hasattr(model, "vision_model"):
        return model.vision_model(pixel_values=pixels).pooler_output
    if model.config.model_type.startswith("dinov2"):
        return model(pixel_values=pixels).last_hidden_state[:, 0]
    if model.config.model_type == "vit_mae":
        # A plain vision transformer with the same weights, which knows of no mask.
        config = transformers.ViTConfig(**SMALL)
        plain = transformers.ViTModel.from_pretrained(folder, config=config, add_pooling_layer=False).eval()
        return plain(pixel_values=pixels).last_hidden_state[:, 0]
    return model(pixel_values=pixels).pooler_output.flatten(1)


def test_every_recommended_model_has_a_name_that_is_read_and_one_line_about_it():
    assert len({entry.name for entry in RECOMMENDED}) == len(RECOMMENDED)
    for entry in RECOMMENDED:
        assert entry.name.startswith(PREFIXES) and parted(entry.name)
        assert entry.licence and len(entry.what) < 80 and 0 < entry.megabytes < 1000
    assert {parted(name)[1] for name in TRIED} == set(COPIES)
    assert not any(entry.tried for entry in RECOMMENDED if entry.name.startswith("timm:"))


@pytest.mark.parametrize("name", TRIED)
def test_a_small_copy_is_embedded_as_its_library_does(copies, images, name):
    folder = copies[parted(name)[1]]
    encoder, pixels = load_hub(folder), pixels_of(folder, images)
    side = TRIED[name].input_size
    assert encoder.input_size == side and pixels.shape == (len(images), 3, side, side)
    assert torch.equal(encoder.preprocess(torch.from_numpy(channels_first(images))), pixels)
    with torch.inference_mode():
        wanted = own(folder, pixels)
    found = encoder.encode(channels_first(images))
    same(found, wanted)


@pytest.mark.parametrize("name", TRIED)
def test_mean_and_deviation_are_those_of_its_processor(copies, name):
    encoder, settings = load_hub(copies[parted(name)[1]]), COPIES[parted(name)[1]][1]
    assert encoder.mean == tuple(settings["image_mean"]) and encoder.std == tuple(settings["image_std"])
    white = encoder.preprocess(torch.full((1, 3, 64, 64), 255, dtype=torch.uint8))
    for channel in range(3):
        level = (1 - encoder.mean[channel]) / encoder.std[channel]
        assert white[0, channel].allclose(torch.tensor(level), atol=1e-4)


def test_no_register_is_in_the_embedding(copies, images):
    folder = copies["facebook/dinov2-with-registers-small"]
    model, pixels = transformers.AutoModel.from_pretrained(folder).eval(), pixels_of(folder, images)
    with torch.inference_mode():
        states = model(pixel_values=pixels).last_hidden_state
    assert states.shape[1] == 1 + 4 + 16 * 16
    found = load_hub(folder).encode(channels_first(images))
    same(found, states[:, 0])
    assert all((found - states[:, k]).abs().max() > 0.1 for k in range(1, 5))


def test_a_masked_autoencoder_sees_every_patch(copies, images):
    encoder = load_hub(copies["facebook/vit-mae-base"])
    assert "sees all patches" in encoder.report.notes[-1]
    changed = np.array(images)
    changed[:, -8:, -8:] = 255 - changed[:, -8:, -8:]  # one corner of each image
    before, after = (encoder.encode(channels_first(given)) for given in (images, changed))
    assert ((before - after).abs().amax(1) > 1e-3).all()
    same(encoder.encode(channels_first(images)), before)


@pytest.mark.parametrize("name", ["google/siglip-base-patch16-256", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"])
def test_texts_meet_images_where_the_library_puts_them(copies, images, name):
    folder = copies[name]
    encoder = load_hub(folder, output="projector")
    model = transformers.AutoModel.from_pretrained(folder).eval()
    split = transformers.AutoTokenizer.from_pretrained(folder)
    # SigLIP was trained with texts that are always filled up, to 64 tokens.
    padding, longest = ("max_length", 64) if name.startswith("google/") else (True, 77)
    words = split(TEXTS, padding=padding, truncation=True, max_length=longest, return_tensors="pt")
    with torch.inference_mode():
        texts = model.get_text_features(**words).pooler_output
        wanted = model.get_image_features(pixel_values=pixels_of(folder, images)).pooler_output
    same(encoder.encode_texts(TEXTS), texts)
    same(encoder.encode(channels_first(images)), wanted)
    assert encoder.report.texts == "its own text tower"


def test_the_documentation_lists_what_the_page_lists():
    page = (Path(__file__).parents[3] / "docs" / "bring-your-own.md").read_text("utf-8")
    for entry in RECOMMENDED:
        tried = entry.tried or "nothing: timm needs torchvision"
        cells = (f"`{entry.name}`", entry.what, entry.licence, entry.megabytes, entry.input_size, tried)
        assert f"| {' | '.join(map(str, cells))} |" in page
