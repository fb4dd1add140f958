"""A lesson's text as HTML: Markdown, formulas as MathML, and a place for each number that the browser computes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from gca_viz.extras import need

_FORMULA = re.compile(r"\$([^$]+)\$")
_NUMBER = re.compile(r"\[\[([a-z0-9_]+)\]\]")
_WORDS_WITH_NUMBER = re.compile(r"\\text\{[^{}]*\[\[[^{}]*\}")
# Signs that neither Markdown nor TeX knows stand for numbers and formulas on the way.
_OPEN, _CLOSE, _KEPT = "\ue000", "\ue001", "\ue002"
_PLACE = re.compile(f"{_OPEN}([a-z0-9_]+){_CLOSE}")
_PLACE_OF_FORMULA = re.compile(f"{_KEPT}([0-9]+){_KEPT}")


def to_html(text: str) -> str:
    """Paragraphs of a text in which ``[[name]]`` stands for a number; raises as :func:`inline`."""
    html: str = _with_formulas(text, lambda markdown, words: markdown.render(words))
    return html


def inline(text: str) -> str:
    """The same of words in a line.

    Raises:
        InputError: the extra that brings Markdown and MathML is not installed.
    """
    html: str = _with_formulas(text, lambda markdown, words: markdown.renderInline(words))
    return html


def formula(tex: str, *, block: bool = False) -> str:
    """A formula as MathML; raises as :func:`inline`."""
    # A number among words parts them.
    tex = _WORDS_WITH_NUMBER.sub(lambda words: _NUMBER.sub(r"}[[\1]]\\text{", words[0]), tex)
    # Names of numbers stand letter by letter beside each other, so that TeX takes none of their signs for its own.
    marked = _NUMBER.sub(lambda found: r"\text{" + _OPEN + found[1].replace("_", "-") + _CLOSE + "}", tex)
    convert = need("latex2mathml.converter", "site").convert
    mathml: str = convert(marked, display="block" if block else "inline")
    mathml = mathml.replace('mathvariant="bold"', 'style="font-weight: bold"')  # all that MathML Core knows of bold
    return re.sub(
        f"<mtext>{_OPEN}([a-z0-9-]+){_CLOSE}</mtext>",
        lambda found: f'<mtext data-fact="{found[1].replace("-", "_")}"></mtext>',
        mathml,
    )


def _with_formulas(text: str, render: Any) -> Any:
    formulas: list[str] = []

    def kept(found: re.Match[str]) -> str:
        formulas.append(formula(found[1]))
        return f"{_KEPT}{len(formulas) - 1}{_KEPT}"

    words = _NUMBER.sub(rf"{_OPEN}\1{_CLOSE}", _FORMULA.sub(kept, text))
    html = render(_markdown(), words)
    html = _PLACE_OF_FORMULA.sub(lambda found: formulas[int(found[1])], html)
    return _PLACE.sub(r'<span data-fact="\1"></span>', html)


@cache
def _markdown() -> Any:
    return need("markdown_it", "site").MarkdownIt("commonmark")
