"""Which ResNet the tensors of a file belong to: what they say, and the questions that they leave open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from gca_viz.encoders.assumptions import NO, YES, Assumptions, Question
from gca_viz.encoders.checkpoints.torchvision_resnet import ResNetShape, block_counts

EMBED = "Embed with it where it runs, and bring the embeddings"
_MOST_LAYERS = 6
_PADDINGS = ("0", "1", "2", "3")
#: names that solo-learn's own configurations have and others have not
_OF_SOLO_LEARN = frozenset({"classifier_lr", "method_kwargs"})
_BATCH_NORM = "its norms have no running statistics: group norm and its kin are not rebuilt"


class NotBuiltError(ValueError):
    """Tensors of which no network is made: what is the matter, and what to do."""

    def __init__(self, what: str, remedy: str = EMBED):
        super().__init__(what)
        self.remedy = remedy


@dataclass
class _Answers:
    """Asks what the tensors leave open, and keeps the questions."""

    assume: Assumptions
    recorded: Assumptions
    questions: list[Question] = field(default_factory=list)

    def ask(self, name: str, usual: str, answers: tuple[str, ...]) -> str:
        """The answer that was given, else the recorded one, else the usual one."""
        given, recorded = getattr(self.assume, name), getattr(self.recorded, name)
        source = "given" if given else "recorded" if recorded else "assumed"
        answer = given or recorded or usual
        answers = answers if answer in answers else (answer, *answers)
        self.questions.append(Question(name, answer, answers, source))
        return answer


def resnet_shape(
    tensors: Mapping[str, Tensor],
    assume: Assumptions = Assumptions(),  # noqa: B008, it is frozen
    recorded: Assumptions = Assumptions(),  # noqa: B008
    *,
    padding: int | None = None,
) -> tuple[ResNetShape, tuple[Question, ...]]:
    """Which ResNet it is, from names and shapes of a few tensors; the others may not fit.

    Args:
        tensors: name in torchvision → tensor, with at least ``conv1.weight`` and ``layer1.0.conv1.weight``.
        assume, recorded: answers of the caller, and those that the file has.
        padding: of the stem, where neither of them says it; by default half the kernel.

    Returns:
        The shape, and what the tensors left open of it.

    Raises:
        NotBuiltError: no ResNet of images with three channels and batch norm, or one whose shortcuts nobody told.
    """
    stem, first = tensors["conv1.weight"], tensors["layer1.0.conv1.weight"]
    second = tensors.get("layer1.0.conv2.weight", first)
    if any(tensor.ndim != 4 or 0 in tensor.shape for tensor in (stem, first, second)):
        raise NotBuiltError("its first layers are no convolutions of images")
    if stem.shape[1] != 3:
        raise NotBuiltError(f"its images have {stem.shape[1]} channels, not 3")
    if not any(name.endswith("running_mean") for name in tensors):
        raise NotBuiltError(_BATCH_NORM)
    kernel, inner, blocks = stem.shape[-1], first.shape[0], block_counts(tensors)
    expansion = 4 if "layer1.0.conv3.weight" in tensors else 1
    if len(blocks) > _MOST_LAYERS:
        raise NotBuiltError(f"it has {len(blocks)} layers of blocks, and no ResNet has more than {_MOST_LAYERS}")
    answers = _Answers(assume, recorded)
    usual = ("1", NO) if kernel == 3 else ("2", YES)
    stride = answers.ask("stem_stride", usual[0], ("1", "2"))
    padding = answers.ask("stem_padding", str(kernel // 2 if padding is None else padding), _PADDINGS)
    max_pool = answers.ask("max_pool", usual[1], (NO, YES))
    strided = "3x3"
    if expansion == 4 and len(blocks) > 1:
        strided = answers.ask("bottleneck_stride", "3x3", ("3x3", "1x1"))
    shape = ResNetShape(
        blocks=blocks,
        expansion=expansion,
        width=stem.shape[0],
        inner=inner,
        groups=max(1, inner // second.shape[1]),
        kernel=kernel,
        padding=int(padding),
        stride=int(stride),
        max_pool=max_pool == YES,
        first_strides=strided == "1x1",
        shortcut=_shortcut(tensors, blocks, expansion, answers),
        **_order(tensors, answers),
    )
    return shape, tuple(answers.questions)


def is_of_solo_learn(recorded: Iterable[str]) -> bool:
    """Whether hyper-parameters have names that only solo-learn gives: it pads its 3 × 3 stem by 2."""
    return any(_OF_SOLO_LEARN & set(name.split(".")) for name in recorded)


def _shortcut(tensors: Mapping[str, Tensor], blocks: tuple[int, ...], expansion: int, answers: _Answers) -> str:
    first = 1 if expansion == 1 else 0  # the layer whose first block changes the shape
    if len(blocks) <= first or any("downsample" in name.split(".") for name in tensors):
        return "projection"
    answer = answers.ask("shortcut", "", ("pad-around", "pad-after"))
    if not answer:
        raise NotBuiltError(
            f"it lacks layer{first + 1}.0.downsample.0.weight: its shortcuts have no weights (option A), which are "
            "written in several ways",
            "If its code pads with zeros, assume shortcut=pad-around or shortcut=pad-after; if not, embed with it "
            "where it runs, and bring the embeddings",
        )
    return answer


def _order(tensors: Mapping[str, Tensor], answers: _Answers) -> dict:
    """Where the norms of a block stand, which their widths tell wherever a block widens."""
    pairs = [
        (tensors[name].shape, norm.shape[0])
        for name in tensors
        if name.startswith("layer") and name.endswith(".conv1.weight")
        if (norm := tensors.get(name.replace(".conv1.", ".bn1."))) is not None and norm.ndim == 1
    ]
    behind = all(shape[0] == width for shape, width in pairs)
    before = bool(pairs) and all(len(shape) == 4 and shape[1] == width for shape, width in pairs)
    order = "post-activation" if behind or not before else "pre-activation"
    if behind and before:
        order = answers.ask("block_order", order, ("post-activation", "pre-activation"))
    if order == "post-activation":
        if "bn1.weight" not in tensors and "bn1.running_mean" not in tensors:
            raise NotBuiltError("it lacks bn1.weight, the norm of its stem, as pre-activation networks do")
        return {}
    own = tensors.get("bn1.weight")
    norm = "none" if own is None else "stem" if len(own) == len(tensors["conv1.weight"]) else "end"
    return {"pre_activation": True, "norm": norm}
