import json
import pickle
import shutil
import sys
from types import ModuleType

import numpy as np
import pytest
import torch
import transformers
from torch import nn

from gca_viz.datasets import load_dataset
from gca_viz.encoders.hub.model import HubModel, HubNetwork, Loaded, Preparation
from gca_viz.encoders.hub.read import read_hub
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.errors import InputError
from gca_viz.views import to_tensor
from tests.encoders.hub.loading import load_hub

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
VISION = SMALL | {"image_size": 32, "patch_size": 8}


def vit():
    return transformers.ViTModel(transformers.ViTConfig(**VISION))


def resnet():
    config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    return transformers.ResNetModel(config)


def clip_vision():
    return transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(**VISION, projection_dim=16))


def clip():
    text = SMALL | {"vocab_size": 99, "bos_token_id": 0, "eos_token_id": 1}
    config = transformers.CLIPConfig(vision_config=VISION, text_config=text, projection_dim=16)
    return transformers.CLIPModel(config)


def save(folder, model, processor=None):
    """What ``save_pretrained`` writes of a model and of its image processor, with odd settings."""
    torch.manual_seed(0)
    for parameter in model.parameters():  # else fresh layers give all but equal embeddings
        nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)
    processor = processor or transformers.ViTImageProcessorPil(
        size={"height": 32, "width": 32}, image_mean=[0.5, 0.4, 0.3], image_std=[0.2, 0.3, 0.4]
    )
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def images():
    """N × 64 × 64 × 3, uint8."""
    return load_dataset("emoji").images[::600]


@pytest.fixture(scope="module")
def vit_folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("vit"), vit())


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    cropped = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 40}, crop_size={"height": 32, "width": 32}, do_center_crop=True
    )
    return save(tmp_path_factory.mktemp("clip"), clip(), cropped)


@pytest.fixture
def copied(vit_folder, tmp_path):
    """A folder of its own that a test may damage."""
    return shutil.copytree(vit_folder, tmp_path / "copy")


def own(folder, kind, images):
    """The outputs of the model itself for the pixels of its own image processor."""
    processor = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    pixels = processor(list(images), return_tensors="pt", input_data_format="channels_last")
    with torch.inference_mode():
        return kind.from_pretrained(folder).eval()(**pixels)


def channels_first(images):
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def change(folder, file="preprocessor_config.json", **settings):
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def test_a_vision_transformer_gives_its_pooled_class_token(vit_folder, images):
    encoder = load_hub(vit_folder)
    z = encoder.encode(channels_first(images))
    assert z.shape == (len(images), 32) and z.std(0).min() > 1e-3
    assert torch.allclose(z, own(vit_folder, transformers.ViTModel, images).pooler_output, atol=1e-4)
    assert torch.allclose(z, encoder.encode(to_tensor(images), batch_size=2), atol=1e-4)


def test_a_classifier_without_pooler_gives_its_class_token(tmp_path, images):
    save(tmp_path, transformers.ViTForImageClassification(transformers.ViTConfig(**VISION)))
    encoder = load_hub(tmp_path)
    states = own(tmp_path, transformers.ViTModel, images).last_hidden_state
    assert torch.allclose(encoder.encode(channels_first(images)), states[:, 0], atol=1e-4)
    assert encoder.report.ignored == ("classifier.bias", "classifier.weight")
    assert "pooler" in encoder.report.notes[0]
    assert encoder.content_id == load_hub(tmp_path).content_id


@pytest.mark.parametrize(
    "kind, config, over",
    [
        (transformers.IJepaModel, transformers.IJepaConfig(**VISION), 1),
        (transformers.ViTMSNModel, transformers.ViTMSNConfig(**VISION), 0),
        (
            transformers.PoolFormerModel,
            transformers.PoolFormerConfig(hidden_sizes=[8, 8, 8, 16], depths=[1, 1, 1, 1]),
            (2, 3),
        ),
    ],
)
def test_without_a_pooler_it_is_the_class_token_or_the_mean_over_positions(tmp_path, images, kind, config, over):
    save(tmp_path, kind(config))
    states = own(tmp_path, kind, images).last_hidden_state
    wanted = states.mean(over) if over else states[:, 0]
    assert torch.allclose(load_hub(tmp_path).encode(channels_first(images)), wanted, atol=1e-4)


def test_a_residual_network_gives_its_pooled_features(tmp_path, images):
    save(tmp_path, resnet())
    pooled = own(tmp_path, transformers.ResNetModel, images).pooler_output
    z = load_hub(tmp_path).encode(channels_first(images))
    assert z.shape == (len(images), 16)
    assert torch.allclose(z, pooled.flatten(1), atol=1e-4)


def test_clip_gives_pooled_features_and_their_projection(clip_folder, images):
    projected, pooled = (load_hub(clip_folder, output=output) for output in ("projector", "backbone"))
    processor = transformers.AutoImageProcessor.from_pretrained(clip_folder, backend="pil")
    pixels = processor(list(images), return_tensors="pt", input_data_format="channels_last")["pixel_values"]
    model = transformers.CLIPModel.from_pretrained(clip_folder).eval()
    with torch.inference_mode():
        wanted = model.get_image_features(pixel_values=pixels).pooler_output
        tower = model.vision_model(pixel_values=pixels).pooler_output
    assert torch.allclose(projected.encode(channels_first(images)), wanted, atol=1e-4)
    assert torch.allclose(pooled.encode(channels_first(images)), tower, atol=1e-4)
    assert projected.report.widths == {"backbone": 32, "projector": 16}
    assert projected.content_id != pooled.content_id


def test_the_vision_half_of_clip_gives_the_same(tmp_path, images):
    save(tmp_path, clip_vision())
    outputs = own(tmp_path, transformers.CLIPVisionModelWithProjection, images)
    z = load_hub(tmp_path, output="projector").encode(channels_first(images))
    assert torch.allclose(z, outputs.image_embeds, atol=1e-4)


def test_preprocessing_follows_the_configuration(copied, images):
    before = load_hub(copied)
    assert (before.mean, before.std, before.input_size) == ((0.5, 0.4, 0.3), (0.2, 0.3, 0.4), 32)
    change(copied, image_mean=[0.1, 0.2, 0.3], image_std=[0.9, 0.8, 0.7])
    after = load_hub(copied)
    assert (after.mean, after.std) == ((0.1, 0.2, 0.3), (0.9, 0.8, 0.7))
    assert after.content_id != before.content_id
    small = channels_first(images[:, ::2, ::2])
    x = (torch.from_numpy(small) / 255 - torch.tensor(after.mean).view(3, 1, 1)) / torch.tensor(after.std).view(
        3, 1, 1
    )
    assert torch.allclose(after.preprocess(torch.from_numpy(small)), x, atol=1e-5)
    assert not torch.allclose(after.encode(small), before.encode(small), atol=1e-2)
    change(copied, do_normalize=False)
    assert torch.allclose(load_hub(copied).preprocess(torch.from_numpy(small)), torch.from_numpy(small) / 255)


def test_size_and_crop_follow_the_configuration_and_the_caller(tmp_path, clip_folder, images):
    save(tmp_path, resnet())
    change(tmp_path, size={"height": 48, "width": 48})
    x = torch.from_numpy(channels_first(images))
    assert load_hub(tmp_path).preprocess(x).shape[-2:] == (48, 48)
    given = load_hub(tmp_path, input_size=20, mean=(0, 0, 0), std=(1, 1, 1))
    assert given.preprocess(x).shape[-2:] == (20, 20) and given.preprocess(x).min() >= 0
    assert given.report.size_from == given.report.normalisation_from == "given"
    assert given.content_id != load_hub(tmp_path).content_id
    # A crop of 32 from 40 px cuts a tenth away on each side, and still does at another size.
    centre = load_hub(clip_folder, input_size=32, mean=(0.1,) * 3, std=(1,) * 3).preprocess(x)
    framed = np.zeros((1, 40, 40, 3), np.uint8)
    framed[:, 4:36, 4:36] = 255
    framed = load_hub(clip_folder, mean=(0,) * 3, std=(1,) * 3).preprocess(torch.from_numpy(channels_first(framed)))
    assert centre.shape[-1] == 32 and framed.min() == 1


def test_a_size_that_the_model_does_not_take_is_refused(vit_folder):
    with pytest.raises(InputError, match="the folder .*32.*Check the input size"):
        load_hub(vit_folder, input_size=40)


def test_weights_are_identified_by_their_content(copied, vit_folder):
    assert load_hub(copied).content_id == load_hub(vit_folder).content_id
    with torch.no_grad():
        model = transformers.ViTModel.from_pretrained(copied)
        model.layernorm.bias[0] += 1
    model.save_pretrained(copied)
    assert load_hub(copied).content_id != load_hub(vit_folder).content_id


def test_a_model_without_projector_says_so(vit_folder):
    assert load_hub(vit_folder).report.outputs == ("backbone",)
    with pytest.raises(InputError, match="no projector"):
        load_hub(vit_folder, output="projector")


def test_code_that_comes_with_a_model_is_refused(copied):
    change(copied, "config.json", auto_map={"AutoModel": "modeling.Own"}, model_type="own")
    (copied / "modeling.py").write_text(f"open({str(copied / 'ran')!r}, 'w')")
    with pytest.raises(InputError, match="Python code of its own.*AutoModel"):
        load_hub(copied)
    assert not (copied / "ran").exists()


def test_code_of_an_image_processor_is_not_run(copied):
    code = {"AutoImageProcessor": "own.Processor"}
    change(copied, auto_map=code, image_processor_type="Processor")
    change(copied, "config.json", model_type="vit")
    (copied / "own.py").write_text(f"open({str(copied / 'ran')!r}, 'w')")
    with pytest.raises(InputError, match="the folder copy"):
        load_hub(copied)
    assert not (copied / "ran").exists()


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_pickled_weights_are_not_read(copied):
    (copied / "model.safetensors").unlink()
    (copied / "pytorch_model.bin").write_bytes(pickle.dumps(Payload(copied / "ran")))
    with pytest.raises(InputError, match="pytorch_model.bin.*pickled weights can run code"):
        load_hub(copied)
    # Beside safetensors of another name, transformers would fall back to them.
    (copied / "other.safetensors").touch()
    with pytest.raises(InputError, match="the folder copy"):
        load_hub(copied)
    assert not (copied / "ran").exists()


def test_incomplete_and_damaged_folders_are_refused(copied, tmp_path, vit_folder):
    with pytest.raises(InputError, match="nothing in it.*config.json, preprocessor_config.json"):
        (tmp_path / "empty").mkdir()
        load_hub(tmp_path / "empty")
    (copied / "preprocessor_config.json").unlink()
    with pytest.raises(InputError, match="the folder copy with config.json, model.safetensors;"):
        load_hub(copied)
    shutil.copy(vit_folder / "preprocessor_config.json", copied)
    change(copied, "config.json", num_hidden_layers=3)
    with pytest.raises(InputError, match="tensors are missing, such as"):
        load_hub(copied)
    change(copied, "config.json", num_hidden_layers=2)
    (copied / "model.safetensors").write_bytes((copied / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(InputError, match="the file model.safetensors, which ends within its header"):
        load_hub(copied)
    (copied / "config.json").write_text("{")
    with pytest.raises(InputError, match="the folder copy"):
        load_hub(copied)


def test_text_models_are_refused(tmp_path):
    text = transformers.BertModel(transformers.BertConfig(**SMALL, vocab_size=99))
    with pytest.raises(InputError, match="the folder text"):
        load_hub(save(tmp_path / "text", text))


class Random(HubNetwork):
    """A network that hides parts of its input, other ones each time."""

    def backbone(self, x):
        return nn.functional.dropout(x.flatten(1), 0.5)


def test_networks_that_embed_equal_images_differently_are_refused():
    preparation = Preparation(lambda images: to_tensor(images), (0,) * 3, (1,) * 3, {})
    loaded = Loaded(Random(nn.Identity()), lambda given: preparation, "digest")
    with pytest.raises(InputError, match="the model: it embeds equal images differently"):
        HubModel.of("the model", loaded, Preprocessing())


def test_files_above_the_limit_are_not_read(vit_folder, monkeypatch):
    monkeypatch.setenv("GCA_VIZ_MAX_FILE_BYTES", "1000")
    with pytest.raises(InputError, match="the file model.safetensors with"):
        load_hub(vit_folder)


@pytest.mark.parametrize(
    "name", ["", "vit", "transformers:", "transformers:../vit", "transformers:/etc", "timm:a:b", "x" * 9999]
)
def test_names_that_are_neither_folder_nor_id_are_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="a folder with config.json.*transformers:<id> or timm:<id>"):
        read_hub(name)


def test_an_id_without_a_network_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="transformers:nobody/nothing: .*that this machine reaches the model hub"):
        load_hub("transformers:nobody/nothing")


@pytest.mark.parametrize("name, module", [("transformers:some/model", "transformers"), ("timm:resnet18", "timm")])
def test_a_missing_extra_is_named(monkeypatch, name, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"no package {module}.*pip install 'gca-viz\[hub\]'"):
        load_hub(name)


def test_a_model_of_timm_gets_the_images_of_its_configuration(monkeypatch, images):
    """timm needs torchvision, which is not at hand everywhere: a stand-in shows what it is asked."""
    timm, data, asked = ModuleType("timm"), ModuleType("timm.data"), []

    def create_model(name, **options):
        asked.append((name, options))
        if name == "resnet0":
            raise RuntimeError("Unknown model (resnet0)")
        return nn.Flatten()

    def resolve_data_config(args, model):
        return {"input_size": (3, 8, 8), "mean": (0.5,) * 3, "std": (0.25,) * 3} | {
            k: v for k, v in args.items() if v
        }

    def create_transform(input_size, mean, std, is_training):
        assert not is_training
        return lambda image: (to_tensor(np.asarray(image.resize(input_size[:0:-1]))[None])[0] - mean[0]) / std[0]

    timm.create_model, timm.data = create_model, data
    data.resolve_data_config, data.create_transform = resolve_data_config, create_transform
    monkeypatch.setitem(sys.modules, "timm", timm)
    monkeypatch.setitem(sys.modules, "timm.data", data)
    encoder = load_hub("timm:resnet18.a1_in1k")
    assert asked == [("resnet18.a1_in1k", {"pretrained": True, "num_classes": 0})]
    assert (encoder.mean, encoder.std, encoder.input_size) == ((0.5,) * 3, (0.25,) * 3, 8)
    assert encoder.encode(channels_first(images)).shape == (len(images), 3 * 8 * 8)
    assert load_hub("timm:hf-hub:some/model", input_size=4).input_size == 4
    with pytest.raises(InputError, match="timm:resnet0: Unknown model"):
        load_hub("timm:resnet0")


@pytest.fixture(scope="module")
def whole_clip(tmp_path_factory):
    """CLIP with both towers, and a tokenizer of a few words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp("whole-clip")
    words = ["<s>", "</s>", "<pad>", "<unk>", "a", "red", "apple", "cat"]
    tokenizer = Tokenizer(models.WordLevel({word: k for k, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    save(folder, clip())
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    return folder


def test_a_model_of_image_and_text_reads_texts_as_the_library_does(whole_clip, images):
    encoder = load_hub(whole_clip, output="projector")
    texts = ["a red apple", "cat", "a cat " * 200]
    model = transformers.CLIPModel.from_pretrained(whole_clip).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(whole_clip)
    words = tokenizer(texts, padding=True, truncation=True, max_length=77, return_tensors="pt")
    with torch.no_grad():
        expected = model.get_text_features(words["input_ids"], words["attention_mask"]).pooler_output
    found = encoder.encode_texts(texts)
    assert torch.allclose(found, expected, atol=1e-4) and found.std(0).min() > 1e-3
    assert found.shape[1] == encoder.encode(channels_first(images)).shape[1] == 16
    assert encoder.report.texts == "its own text tower" and encoder.report.notes == ()
    with pytest.raises(InputError, match="output='projector'"):
        load_hub(whole_clip).encode_texts(texts)


def test_another_tokenizer_is_another_encoder_and_a_damaged_one_reads_no_texts(whole_clip, tmp_path):
    folder = shutil.copytree(whole_clip, tmp_path / "copy")
    before = load_hub(folder).content_id
    path = folder / "tokenizer.json"
    path.write_text(path.read_text().replace('"cat"', '"dog"'))
    assert load_hub(folder).content_id != before
    path.write_text("{")
    report = load_hub(folder).report
    assert report.texts == "" and "Texts are not read" in report.notes[0]
    path.unlink()
    report = load_hub(folder).report
    assert report.texts == "" and "tokenizer.json is missing" in report.notes[0]
