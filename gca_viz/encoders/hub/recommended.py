"""Models of the hub that people know, as a short list: what each is, and what was tried of its loading.

Their weights come from the hub when somebody asks for them; none is here. What is here to be tried is the way: a
small network of random weights of the same class, with the image processor, patches and tokens of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

_READ = "image processor"
_TEXTS = f"{_READ}, pooled features, their projection and the text tower"


@dataclass(frozen=True)
class Recommended:
    """A model of the hub.

    Attributes:
        name: as it is typed, ``transformers:<id>`` or ``timm:<id>``.
        title: what people call it.
        what: how it was trained, in a few words.
        licence: of the weights.
        megabytes: of the file with the weights, about.
        input_size: height and width in pixels of what its image processor makes.
        tried: what is compared with transformers' own answer, on a small copy; empty where nothing is.
    """

    name: str
    title: str
    what: str
    licence: str
    megabytes: int
    input_size: int
    tried: str = ""


RECOMMENDED = (
    Recommended(
        "transformers:facebook/dinov2-small",
        "DINOv2, small",
        "images alone, by self-distillation; good neighbours without a label",
        "Apache-2.0",
        88,
        224,
        f"{_READ} and class token",
    ),
    Recommended(
        "transformers:facebook/dinov2-with-registers-small",
        "DINOv2 with registers, small",
        "the same with four tokens more, which keep its patches clean",
        "Apache-2.0",
        88,
        224,
        f"{_READ} and class token, which no register is",
    ),
    Recommended(
        "transformers:google/siglip-base-patch16-256",
        "SigLIP, base",
        "images with their texts, by a sigmoid per pair; reads texts",
        "Apache-2.0",
        813,
        256,
        _TEXTS,
    ),
    Recommended(
        "transformers:laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        "CLIP, ViT-B/32 (OpenCLIP)",
        "images with their texts, by InfoNCE on LAION-2B; reads texts",
        "MIT",
        605,
        224,
        _TEXTS,
    ),
    Recommended(
        "transformers:facebook/vit-mae-base",
        "ViT-MAE, base",
        "images alone, by filling in what is masked; here no patch is masked",
        "Apache-2.0 (its card), CC-BY-NC-4.0 (its authors)",
        448,
        224,
        f"{_READ} and class token of all patches",
    ),
    Recommended(
        "transformers:facebook/convnextv2-tiny-1k-224",
        "ConvNeXt V2, tiny",
        "masked images, then ImageNet's labels",
        "Apache-2.0 (its card), CC-BY-NC-4.0 (its authors)",
        115,
        224,
        f"{_READ} and pooled features",
    ),
    Recommended(
        "transformers:microsoft/resnet-50",
        "ResNet-50",
        "ImageNet's labels; what most papers compare with",
        "Apache-2.0",
        102,
        224,
        f"{_READ} and pooled features",
    ),
    Recommended(
        "timm:convnext_tiny.in12k_ft_in1k",
        "ConvNeXt, tiny (timm)",
        "ImageNet's labels, 12,000 and then 1,000",
        "Apache-2.0",
        115,
        224,
    ),
)
