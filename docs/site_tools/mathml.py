"""Formulas between dollars become MathML while the site is built, so that no page loads a script for them."""

import logging
import re
from html import unescape

from latex2mathml.converter import convert

_FORMULA = re.compile(
    r'<(span|div) class="arithmatex">(?:\\\((?P<inline>.*?)\\\)|\\\[(?P<block>.*?)\\\])</\1>', re.DOTALL
)
_log = logging.getLogger("mkdocs.hooks.mathml")


def on_page_content(html: str, **_: object) -> str:
    """Called by mkdocs with the body of each page."""
    return _FORMULA.sub(_to_mathml, html)


def _to_mathml(found: re.Match[str]) -> str:
    block = found["block"] is not None
    tex = unescape(found["block"] if block else found["inline"]).strip()
    mathml = convert(tex, display="block" if block else "inline")
    if "\\" in mathml:  # a command that the converter does not know stands there as it was written
        _log.warning("a formula with a command that cannot be converted: %s", tex)
    mathml = mathml.replace('mathvariant="bold"', 'style="font-weight: bold"')  # all that MathML Core knows of bold
    return f'<div class="formula">{mathml}</div>' if block else mathml
