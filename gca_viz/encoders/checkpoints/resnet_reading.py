"""Which ResNet the tensors of a file belong to: what they say, and the questions that they leave open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor

from gca_viz.encoders.checkpoints.assumptions import NO, YES, Answers, Question
from gca_viz.encoders.checkpoints.torchvision_resnet import Norm, ResNetShape, Shortcut, block_counts

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


class _Asked:
    """Asks what the tensors leave open, and keeps the questions."""

    def __init__(self, answers: Answers):
        self.answers = answers
        self.questions: list[Question] = []

    def ask(self, name: str, usual: str, answers: tuple[str, ...]) -> str:
        """The answer that was given, else the recorded one, else the usual one."""
        question = self.answers.question(name, usual, answers)
        self.questions.append(question)
        return question.answer


def resnet_shape(
    tensors: Mapping[str, Tensor],
    answers: Answers = Answers(),  # noqa: B008, it is frozen
    *,
    padding: int | None = None,
) -> tuple[ResNetShape, tuple[Question, ...]]:
    """Which ResNet it is, from names and shapes of a few tensors; the others may not fit.

    Args:
        tensors: name in torchvision → tensor, with at least ``conv1.weight`` and ``layer1.0.conv1.weight``.
        answers: to what they leave open.
        padding: of the stem, where nobody says it; by default half the kernel.

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
    asked = _Asked(answers)
    usual = ("1", NO) if kernel == 3 else ("2", YES)
    stride = asked.ask("stem_stride", usual[0], ("1", "2"))
    around = asked.ask("stem_padding", str(kernel // 2 if padding is None else padding), _PADDINGS)
    max_pool = asked.ask("max_pool", usual[1], (NO, YES))
    strided = "3x3"
    if expansion == 4 and len(blocks) > 1:
        strided = asked.ask("bottleneck_stride", "3x3", ("3x3", "1x1"))
    pre_activation, norm = _order(tensors, asked)
    shape = ResNetShape(
        blocks=blocks,
        expansion=expansion,
        width=stem.shape[0],
        inner=inner,
        groups=max(1, inner // second.shape[1]),
        kernel=kernel,
        padding=int(around),
        stride=int(stride),
        max_pool=max_pool == YES,
        first_strides=strided == "1x1",
        shortcut=_shortcut(tensors, blocks, expansion, asked),
        pre_activation=pre_activation,
        norm=norm,
    )
    return shape, tuple(asked.questions)


def is_of_solo_learn(recorded: Iterable[str]) -> bool:
    """Whether hyper-parameters have names that only solo-learn gives: it pads its 3 × 3 stem by 2."""
    return any(_OF_SOLO_LEARN & set(name.split(".")) for name in recorded)


def _shortcut(tensors: Mapping[str, Tensor], blocks: tuple[int, ...], expansion: int, asked: _Asked) -> Shortcut:
    first = 1 if expansion == 1 else 0  # the layer whose first block changes the shape
    if len(blocks) <= first or any("downsample" in name.split(".") for name in tensors):
        return "projection"
    answer = asked.ask("shortcut", "", ("pad-around", "pad-after"))
    if not answer:
        raise NotBuiltError(
            f"it lacks layer{first + 1}.0.downsample.0.weight: its shortcuts have no weights (option A), which are "
            "written in several ways",
            "If its code pads with zeros, assume shortcut=pad-around or shortcut=pad-after; if not, embed with it "
            "where it runs, and bring the embeddings",
        )
    return "pad-after" if answer == "pad-after" else "pad-around"


def _order(tensors: Mapping[str, Tensor], asked: _Asked) -> tuple[bool, Norm]:
    """Whether norms stand in front of the convolutions, which their widths tell wherever a block widens; and the
    place of the backbone's own norm."""
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
        order = asked.ask("block_order", order, ("post-activation", "pre-activation"))
    if order == "post-activation":
        if "bn1.weight" not in tensors and "bn1.running_mean" not in tensors:
            raise NotBuiltError("it lacks bn1.weight, the norm of its stem, as pre-activation networks do")
        return False, "stem"
    own = tensors.get("bn1.weight")
    if own is None:
        return True, "none"
    return True, "stem" if len(own) == len(tensors["conv1.weight"]) else "end"
