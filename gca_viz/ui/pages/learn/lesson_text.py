"""The words of a lesson: a plain file that a teacher edits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gca_viz.errors import InputError
from gca_viz.ui.front_matter import refusal, split

TEXTS = Path(__file__).parent / "lessons" / "texts"
_PARTS = ("predict", "answer", "do", "notice", "formula")
_NUMBER = re.compile(r"\[\[([a-z0-9_]+)\]\]")
_OPTION = re.compile(r"^- ([a-z][a-z0-9-]*): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Symbol:
    """A line below the formula.

    Attributes:
        tex: the symbol, in TeX.
        now: its value on the screen, with numbers still to be filled in.
        cell: name of the cell of the matrices that it stands for, or empty.
        meaning: what it is, in plain words.
    """

    tex: str
    now: str
    cell: str
    meaning: str


@dataclass(frozen=True)
class LessonText:
    """A lesson's words; ``[[name]]`` stands for a number that is computed when the lesson is shown.

    Attributes:
        title, idea: a statement, and the one idea in one sentence.
        question: what to predict.
        options: name → text of each possible answer.
        answer, do, notice: what is said after the prediction, what to try, what to see.
        formula: TeX between ``$$``, a line each.
        symbols: what they stand for.
    """

    title: str
    idea: str
    question: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    do: str = ""
    notice: str = ""
    formula: tuple[str, ...] = ()
    symbols: tuple[Symbol, ...] = ()


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with the numbers put in.

    Raises:
        InputError: the text asks for a number that the lesson does not compute.
    """

    def number(match: re.Match[str]) -> str:
        if match[1] not in facts:
            raise InputError(
                f"[[{match[1]}]] in the text of a lesson",
                f"this lesson computes {', '.join(sorted(facts))}",
                "Use one of these names",
            )
        return facts[match[1]]

    return _NUMBER.sub(number, text)


def parse(text: str, name: str) -> LessonText:
    """A lesson's text, see ``docs/learn.md`` for the form.

    Raises:
        InputError: something is missing or has another form, said in one sentence.
    """
    front, parts = split(text, name)
    missing = [key for key in ("title", "idea") if not front.get(key)]
    if missing:
        raise refusal(name, f"its head says {' and '.join(missing)}")
    if not parts:  # a page of its own kind: only a title
        return LessonText(front["title"], front["idea"])
    absent = [part for part in _PARTS if not parts.get(part)]
    if absent:
        raise refusal(name, f"it has a part '## {absent[0].capitalize()}'")
    options = dict(_OPTION.findall(parts["predict"]))
    if len(options) < 2:
        raise refusal(name, "its part '## Predict' ends with at least two lines '- name: possible answer'")
    formulas = tuple(line.strip() for line in re.findall(r"\$\$(.+?)\$\$", parts["formula"], re.DOTALL))
    return LessonText(
        front["title"],
        front["idea"],
        question=_OPTION.sub("", parts["predict"]).strip(),
        options=options,
        answer=parts["answer"],
        do=parts["do"],
        notice=parts["notice"],
        formula=formulas,
        symbols=tuple(_symbols(parts["formula"], name)),
    )


@cache
def text_of(name: str) -> LessonText:
    """The text ``lessons/texts/NN-NAME.md``, read once per process.

    Raises:
        InputError: there is none, or it has another form.
    """
    for path in TEXTS.glob(f"*-{name}.md"):
        if re.fullmatch(rf"\d+-{name}", path.stem):
            return parse(path.read_text("utf-8"), path.name)
    raise refusal(f"NN-{name}.md", "every lesson has a text in gca_viz/ui/pages/learn/lessons/texts")


def _symbols(part: str, name: str) -> list[Symbol]:
    rows = [line for line in part.splitlines() if line.startswith("|")]
    found = []
    for row in rows[2:]:  # after the heads and the line below them
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if len(cells) != 4:
            raise refusal(name, f"each line of its table has symbol, now, cell and meaning, not {row!r}")
        found.append(Symbol(*cells))
    return found
