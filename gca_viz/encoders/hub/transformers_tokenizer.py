"""What the tokenizer of a transformers model may consist of, held before its library builds one.

That library is a program in Rust: what it cannot allocate ends the process, and what its patterns stumble on is no
:class:`Exception`.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gca_viz.encoders.hub.transformers_config import LARGEST_NUMBER, check_depth, entries, is_number
from gca_viz.settings.limits import VOCABULARY

TOKENIZER, SETTINGS = "tokenizer.json", "tokenizer_config.json"
#: the files that a tokenizer is read from
FILES = (TOKENIZER, SETTINGS, "special_tokens_map.json")

_LONGEST = {TOKENIZER: 64_000_000, SETTINGS: 10_000_000, FILES[2]: 1_000_000}  # bytes
# What each part of the file may be; all else, and all that is new, is refused.
_KINDS = {
    "normalizer": "Sequence NFC NFD NFKC NFKD Nmt StripAccents Lowercase Strip Prepend Replace BertNormalizer "
    "ByteLevel Precompiled",
    "pre_tokenizer": "Sequence BertPreTokenizer ByteLevel Whitespace WhitespaceSplit Metaspace Punctuation Digits "
    "Split CharDelimiterSplit UnicodeScripts",
    "post_processor": "Sequence BertProcessing RobertaProcessing ByteLevel TemplateProcessing",
    "decoder": "Sequence BPEDecoder ByteFallback ByteLevel CTC Fuse Metaspace Replace Strip WordPiece",
    "model": "BPE Unigram WordLevel WordPiece",
}
_MOST_STEPS, _DEEPEST_STEP = 128, 4
_MOST_GROWTH = 32  # times that a text may become longer before it is split
_LONGEST_PIECE = 128  # bytes that one character may become by a table
_LONGEST_PATTERN, _LONGEST_TEMPLATE, _LONGEST_WORD, _MOST_EXTRA = 1_000, 64, 1_000, 1_000
_NO_NUMBER_OF_THIS_MODEL = ("model_max_length",)  # 10³⁰ where there is no bound

_CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d"
_TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
#: the patterns of GPT-2, CLIP, Llama 3, Qwen 2 and their descendants
_KNOWN_PATTERNS = frozenset(
    {
        _CONTRACTIONS + r"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        _CONTRACTIONS + r"|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
        r"<\|startoftext\|>|<\|endoftext\|>|" + _CONTRACTIONS + r"|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
        rf"(?i:{_CONTRACTIONS})" + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + _TAIL,
        rf"(?i:{_CONTRACTIONS})" + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + _TAIL,
    }
)
# Otherwise alternatives of plain characters and classes, of which one repeats without bound: its time is bounded.
_ATOM = r"(?:\\[pP]\{\^?\w+\}|\\[^\d\W]|\\\W|\[(?:\\.|[^\[\]\\])+\]|[^\\\[\](){}*+?|^$])"
_ATOMS = re.compile(rf"{_ATOM}(?P<times>[*+]|\?|\{{\d{{0,3}}(?:,\d{{0,3}})?\}})?")


class TokenizerError(ValueError):
    """A tokenizer that is not built, and why."""


def check_tokenizer(folder: Path, vocabulary: int) -> None:
    """Raise :class:`TokenizerError` where a tokenizer is not one of the known kinds within their bounds.

    Args:
        folder: with its files.
        vocabulary: how many tokens the model has.
    """
    for name, longest in _LONGEST.items():
        path = folder / name
        if path.is_file():
            if path.stat().st_size > longest:
                raise TokenizerError(f"{name} has more than {longest / 1e6:.0f} MB")
            content = json.loads(path.read_text("utf-8"))
            if not isinstance(content, dict):
                raise TokenizerError(f"{name} is no object")
            check_depth(content, name)
            _check_file(content, vocabulary) if name == TOKENIZER else _check_settings(content, name)


def _check_settings(content: Mapping[str, Any], name: str) -> None:
    for key, value in entries(content):
        if key == "auto_map" and value is not None:
            raise TokenizerError("its tokenizer has Python code of its own")
        if key.endswith("_file") and value is not None:
            raise TokenizerError(f"{name} names another file ({key})")
        most = _MOST_EXTRA if key.startswith("extra") else LARGEST_NUMBER
        # The keys of added tokens are their numbers.
        numbers = (value, int(key) if key.isdecimal() and len(key) < 20 else 0)
        if key not in _NO_NUMBER_OF_THIS_MODEL and any(is_number(n) and n > most for n in numbers):
            raise TokenizerError(f"{name} asks for {key} = {value}")


def _check_file(content: Mapping[str, Any], vocabulary: int) -> None:
    for part, kinds in _KINDS.items():
        steps = list(_steps(content.get(part), part))
        if len(steps) > _MOST_STEPS:
            raise TokenizerError(f"its {part} has {len(steps)} steps, more than {_MOST_STEPS}")
        for step in steps:
            kind = step.get("type", "BPE" if part == "model" else None)
            if kind not in kinds.split():
                raise TokenizerError(f"its {part} is of a kind that is not known here ({str(kind)[:40]})")
            for pattern in _patterns(step):
                _check_pattern(pattern)
        if part == "normalizer":
            _check_growth(steps)
    _check_model(content["model"], content.get("added_tokens") or [], vocabulary)
    for key, value in entries(content.get("post_processor")):
        if isinstance(value, list) and len(value) > _LONGEST_TEMPLATE:
            raise TokenizerError(f"its template repeats {key} {len(value)} times")
    for key, value in entries({name: value for name, value in content.items() if name != "model"}):
        if is_number(value) and value > LARGEST_NUMBER:
            raise TokenizerError(f"it asks for {key} = {value}")


def _steps(part: object, name: str, deep: int = 0) -> Iterator[Mapping[str, Any]]:
    """The steps of a part, those of sequences too."""
    if part is None:
        return
    if not isinstance(part, Mapping) or deep > _DEEPEST_STEP:
        raise TokenizerError(f"its {name} is nested more than {_DEEPEST_STEP} times, or is none")
    yield part
    for key in ("normalizers", "pretokenizers", "processors", "decoders"):
        for step in part.get(key) or ():
            yield from _steps(step, name, deep + 1)


def _patterns(step: Mapping[str, Any]) -> Iterator[str]:
    pattern = step.get("pattern")
    if isinstance(pattern, Mapping) and "Regex" in pattern:
        yield str(pattern["Regex"])


def _check_pattern(pattern: str) -> None:
    if pattern in _KNOWN_PATTERNS:
        return
    if len(pattern) > _LONGEST_PATTERN:
        raise TokenizerError(f"it has a pattern of {len(pattern):,} characters")
    place, endless = 0, 0
    while place < len(pattern):
        if pattern[place] == "|":
            place, endless = place + 1, 0
            continue
        found = _ATOMS.match(pattern, place)
        times = found["times"] or "" if found else ""
        endless += times in ("*", "+") or times.endswith(",}")
        if found is None or endless > 1 or pattern[found.end() : found.end() + 1] in ("*", "+", "?", "{"):
            raise TokenizerError(f"it has a pattern that is not among the known ones ({pattern[:60]!r})")
        place = found.end()


def _check_growth(steps: list[Mapping[str, Any]]) -> None:
    """Hold how much longer a text becomes by all steps together."""
    growth = 1.0
    for step in steps:
        kind = step.get("type")
        if kind == "Replace":
            pattern = step.get("pattern") or {}
            new = len(str(step.get("content", "")).encode())
            old = len(str(pattern.get("String", "")).encode()) if isinstance(pattern, Mapping) else 0
            growth *= max(1.0, new / old if old else new + 1)  # a pattern may fit between all characters
        elif kind == "Prepend":
            growth *= 1 + len(str(step.get("prepend", "")).encode())
        elif kind == "Precompiled":
            _check_table(str(step.get("precompiled_charsmap") or ""))
        if growth > _MOST_GROWTH:
            raise TokenizerError(f"its normaliser makes a text more than {_MOST_GROWTH} times as long")


def _check_table(text: str) -> None:
    """Hold what a table of SentencePiece makes of one character: a tree, then texts with zeros between."""
    try:
        table = base64.b64decode(text, validate=True)
        (size,) = struct.unpack_from("<I", table)
    except (ValueError, struct.error):
        raise TokenizerError("its table of characters cannot be read") from None
    pieces = table[4 + size :].split(b"\0")
    if size % 4 or 4 + size >= len(table) or max(map(len, pieces)) > _LONGEST_PIECE:
        raise TokenizerError("its table of characters is damaged, or makes long texts of one character")


def _check_model(model: Mapping[str, Any], added: list[Mapping[str, Any]], vocabulary: int) -> None:
    words = model.get("vocab") or ()
    own = words.values() if isinstance(words, Mapping) else range(len(words))
    numbers = [*own, *(token.get("id", 0) for token in added)]
    if len(numbers) > VOCABULARY.value:
        raise TokenizerError(f"it has {len(numbers):,} words, more than {VOCABULARY.value:,}")
    if not all(isinstance(number, int) for number in numbers):
        raise TokenizerError("its words are not numbered")
    if max(numbers, default=0) >= vocabulary or min(numbers, default=0) < 0:
        raise TokenizerError(f"it numbers a word {max(numbers):,}, and the model has {vocabulary:,} tokens")
    if model.get("dropout"):
        raise TokenizerError("it splits texts at random")
    if (model.get("max_input_chars_per_word") or 0) > _LONGEST_WORD:
        raise TokenizerError(f"it takes words of more than {_LONGEST_WORD:,} characters")
