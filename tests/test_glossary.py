"""The vocabulary: docs/glossary.md has every word of forms and tables, and retired words stand nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.metrics.changes import CHANGES
from gca_viz.experiments.metrics.plans import EFFECT_READINGS
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.geometry.measures import MEASURES
from gca_viz.report.compare_parts import ALIKE_TITLES

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
#: (term, symbol, what it is, where) of each line
ENTRIES = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in GLOSSARY.read_text("utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("| term", "|---"))
]

#: labels of the form that say how something is drawn or listed, and name no concept
PLAIN = {
    *(
        "Axes",
        "Colour",
        "Colour by",
        "Column",
        "Row",
        "From",
        "From (second)",
        "To",
        "To (second)",
        "Images",
        "Maps",
    ),
    *(
        "Order by",
        "Pictures",
        "Rank by",
        "Show",
        "Lines per point",
        "B in the pictures",
        "Compare",
        "Compared with",
    ),
    *("Sweep of", "and of", "Second metric", "Chosen images"),
    *("Beside the encoder of the sidebar, which is A", "Beside the method of the sidebar, which is A"),
}
#: plural on the form → the glossary's singular
ALSO = {"Classes": "Class", "Domains": "Domain", "Views": "View", "Seeds": "Seed"}

LABELS = {
    *(Recipe.spec(key).label for key in Recipe.link_names()),
    *(axis.spec.label for axis in AXES.values()),
    *(metric.title for group in (EFFECT_READINGS, MEASURES, CHANGES) for metric in group.values()),
    *ALIKE_TITLES.values(),
} - PLAIN
NOTABLE = {"Weakest pairs", "Likely false negatives", "Wrong matches", "Hubs"}

#: words that are retired, as patterns → what is said today
RETIRED = {
    r"contenders?|contests?|line-?ups?": "candidates",
    r"brought": "uploaded, an upload",
    r"spoilt|spoils?|spoiling": "corrupted",
    r"bad (pair|view)s?|good pairs?": "corrupted pair, clean pair",
    r"doubted|suspects?": "notable pairs, weakest pairs",
    r"verdicts?": "convergence check",
    r"settles?|settled|settling": "converges",
    r"misplaced": "marginal error",
    r"(marginal|row|column) residual": "marginal error; the residual is target − plan",
    r"matched share": "pair mass, or top-1",
    r"find their partner": "send most to their partner (top-1)",
    r"half a Sinkhorn step": "one half step",
    r"heaps?": "cluster",
    r"wish|wishes": "marginal, or target",
    r"readouts?": "summary",
}
#: part of a path → pieces of text in which a retired word means something else, or names code that is public
EXCEPTIONS = {
    "gca_viz/encoders/checkpoints/load_report.py": ["Verdict"],  # a key that is never shown
    "gca_viz/ui/pages/bring/encoder.py": ["Verdict"],
    # of a claim of the paper, as the glossary says
    "docs/glossary.md": ["Verdict"],
    "docs/paper/README.md": ["verdicts", "verdict"],
    "gca_viz/experiments/claims.py": ["verdict"],
    "gca_viz/ui/pages/paper/page.py": ["verdict", "Verdict"],
    "gca_viz/ui/pages/paper/rows.py": ["verdict", "Verdict"],
    "docs/bring-your-own.md": ["brought to one size"],
    "docs/decisions/small-libraries.md": ["the number of ticks is a wish", "with the same wish"],
}


def terms() -> set[str]:
    """Every term of the glossary: those with commas between share a line, a bracket tells two of one name apart."""
    found = set()
    for term, *_ in ENTRIES:
        found |= {term, *term.split(", "), re.sub(r" \(.*\)", "", term)}
    return {term.lower() for term in found}


def strings(path: Path) -> Iterator[str]:
    """What a module may say to somebody: its texts of several words, without docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    scopes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(scope.body[0].value)
        for scope in ast.walk(tree)
        if isinstance(scope, scopes) and scope.body and isinstance(scope.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in docstrings else None
        if isinstance(text, str) and (" " in text.strip() or text[:1].isupper()):
            yield text


def prose(path: Path) -> str:
    """A page without its code, whose names are held elsewhere."""
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def drawn(path: Path) -> list[str]:
    """Texts of several words in JavaScript, without what is put into them."""
    code = path.read_text("utf-8")
    whole = re.findall(r'"[^"\n]* [^"\n]*"', code)
    return whole + [re.sub(r"\$\{.*?\}", "", text) for text in re.findall(r"`[^`\n]* [^`\n]*`", code)]


def told() -> Iterator[tuple[str, str]]:
    """(path, text) of all that a user can read."""
    for path in sorted((ROOT / "gca_viz").rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py":
            yield from ((name, text) for text in strings(path))
        elif path.suffix == ".md":
            yield name, prose(path)
        elif path.suffix == ".js":
            yield from ((name, text) for text in drawn(path))
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        yield path.relative_to(ROOT).as_posix(), prose(path)


def test_every_label_has_an_entry():
    known = terms()
    named = {ALSO.get(label, label) for label in LABELS} | NOTABLE
    assert sorted(label for label in named if label.lower() not in known) == []


def test_what_names_no_concept_is_a_label():
    labels = {Recipe.spec(key).label for key in Recipe.link_names()} | {axis.spec.label for axis in AXES.values()}
    assert PLAIN - labels == set() and set(ALSO) - labels == set()


def test_an_entry_is_one_sentence_and_says_where():
    assert len(ENTRIES) > 100
    for entry in ENTRIES:
        assert len(entry) == 4, entry
        term, _, sentence, where = entry
        assert where and re.fullmatch(r"[^.]+\.", re.sub(r"\$[^$]*\$", "", sentence)), term


def test_a_term_is_defined_once():
    names = [term.lower() for term, *_ in ENTRIES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("pattern", "today"), RETIRED.items(), ids=lambda value: value.split("|")[0])
def test_retired_words_stand_nowhere(pattern, today):
    word = re.compile(rf"\b({pattern})\b", re.IGNORECASE)
    found = []
    for path, text in told():
        for exception in EXCEPTIONS.get(path, ()):
            text = text.replace(exception, "")
        found += [f"{path}: {match[0]} (say: {today})" for match in word.finditer(text)]
    assert found == []


def test_every_exception_is_needed():
    texts = list(told())
    anything = re.compile(rf"\b({'|'.join(RETIRED)})\b", re.IGNORECASE)
    for path, pieces in EXCEPTIONS.items():
        for piece in pieces:
            assert anything.search(piece)
            assert any(piece in text for name, text in texts if name == path), (path, piece)
