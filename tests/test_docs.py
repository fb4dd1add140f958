"""The documentation: builds without a warning, asks no other host for anything, says what is true of the code."""

import ast
import functools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from PIL import Image

import gca_viz
from gca_viz.cli import COMMANDS, make_parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
# What a recipe of extending.md tells to make.
MADE_BY_THE_READER = {"gca_viz/ui/pages/learn/lessons/texts/20-hub.md", "gca_viz/ui/pages/learn/lessons/hub.py"}
of_pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def blocks(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in these languages, those in lists moved to the margin."""
    fences = re.findall(r"^( *)```(\w+)\n(.*?)^\1```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [dedent(body) for _, language, body in fences if language in languages]


def inline(page: Path) -> list[str]:
    """What stands between single backticks."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def navigation() -> list[str]:
    """Sources of all pages in the navigation."""

    def leaves(item) -> Iterator[str]:
        if isinstance(item, str):
            yield item
        for below in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
            yield from leaves(below)

    return list(leaves(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return folder


class Requests(HTMLParser):
    """What a browser asks for when it opens a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        names = ["src", "srcset", "poster", "data", *(["href"] if tag in ("link", "image", "use") else [])]
        self.found += [given[name] for name in names if given.get(name)]
        self.found += re.findall(r"url\(([^)]*)\)", given.get("style") or "")


def test_every_page_is_built_and_reached(site):
    sources = navigation()
    assert {page.name for page in DOCS.glob("*.md")} <= set(sources)
    for source in sources:
        built = site / source.replace("README.md", "index.md").replace(".md", ".html")
        assert "<h1" in built.read_text("utf-8"), source


def test_no_page_asks_another_host_for_anything(site):
    for path in site.rglob("*.html"):
        page = Requests()
        page.feed(path.read_text("utf-8"))
        assert page.found
        assert not [url for url in page.found if re.match(r"['\"]?(\w+:)?//", url)], path
    for path in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//[^)'\"]+", path.read_text("utf-8")), path


def test_formulas_are_mathml(site):
    page = (site / "mathematics.html").read_text("utf-8")
    assert page.count("<math") >= 15
    for path in site.rglob("*.html"):
        assert 'class="arithmatex"' not in path.read_text("utf-8"), path


def test_the_reference_has_the_public_names(site):
    page = (site / "api.html").read_text("utf-8")
    documented = {name.rpartition(".")[2] for name in re.findall(r'id="(gca_viz\.[\w.]+)"', page)}
    assert set(gca_viz.__all__) <= documented
    assert "&gt;&gt;&gt;" not in page and ":func:" not in page


def test_every_method_has_its_line():
    named = re.findall(r"^\| `([\w-]+)` \|", (DOCS / "mathematics.md").read_text("utf-8"), re.MULTILINE)
    assert set(gca_viz.METHODS) <= set(named)


def test_every_decision_is_listed_and_says_what_would_change_it():
    pages = {page.name for page in (DOCS / "decisions").glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", (DOCS / "decisions" / "README.md").read_text("utf-8"))) == pages
    assert {f"decisions/{name}" for name in pages} <= set(navigation())
    for name in pages:
        text = (DOCS / "decisions" / name).read_text("utf-8")
        assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE) == [
            "Context",
            "Decision",
            "What follows",
            "What would change it",
        ], name


@functools.cache
def parser():
    return make_parser("all")


@of_pages
def test_commands_can_be_run(page):
    lines = [line for block in blocks(page, "sh", "console") for line in block.splitlines()]
    lines += [code for code in inline(page) if " --" in code]
    for line in lines:
        words = shlex.split(re.split(r"[|>]", line.removeprefix("$ "))[0], comments=True)
        if len(words) > 1 and words[0] == "gca-viz" and words[1] in COMMANDS:
            assert parser().parse_args(words[1:]), line


@of_pages
def test_python_compiles_and_names_what_there_is(page):
    for block in blocks(page, "python"):
        tree = ast.parse(block)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "gca_viz":
                for alias in node.names:
                    resolve(f"{node.module}.{alias.name}")
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    import_module(alias.name)
            elif isinstance(node, ast.Attribute) and ast.unparse(node).startswith("gca_viz."):
                dotted = re.match(r"[\w.]+", ast.unparse(node))[0]
                resolve(dotted.rstrip("."))


def test_the_six_lines_of_the_readme_do_what_they_say(capsys):
    (block,) = blocks(ROOT / "README.md", "python")
    assert len([line for line in block.splitlines() if line]) == 6
    namespace: dict = {}
    exec(block, namespace)
    plan, told = namespace["plan"], capsys.readouterr().out
    infonce = gca_viz.align(namespace["z1"], namespace["z2"], method="ince", epsilon=0.1)
    assert float(plan.at(1).loss) == pytest.approx(float(infonce.loss)) != pytest.approx(float(plan.loss))
    assert str(plan.diagnostics) in told


def test_the_picture_of_the_readme_moves_and_is_light():
    film = DOCS / "epsilon.webp"
    assert film.name in (ROOT / "README.md").read_text("utf-8") and film.stat().st_size < 1e6
    with Image.open(film) as picture:
        assert picture.n_frames > 12 and picture.width >= 1000


@of_pages
def test_names_and_paths_in_the_text_are_there(page):
    for code in inline(page):
        if dotted := re.match(r"gca_viz(\.\w+)+", code):
            resolve(dotted[0])
        path = re.fullmatch(r"(gca_viz|tests|examples|data|models|docs|benchmarks)/[\w./-]+", code)
        if path and "NN-" not in code and code not in MADE_BY_THE_READER:
            assert (ROOT / code).exists(), code


def resolve(dotted: str) -> object:
    """The object of a dotted name below gca_viz; an ImportError or AttributeError where there is none."""
    found: object = gca_viz
    name = "gca_viz"
    for part in dotted.split(".")[1:]:
        name = f"{name}.{part}"
        if not hasattr(found, part):
            import_module(name)  # a module that nothing has imported yet
        found = getattr(found, part)
    return found


def test_errors_are_quoted_as_they_are_told():
    told = "\n".join(
        node.value
        for path in (ROOT / "gca_viz").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    headings = re.findall(r"^### `(.+)`$", (DOCS / "faq.md").read_text("utf-8"), re.MULTILINE)
    assert len(headings) >= 25
    for heading in headings:
        assert all(piece in told for piece in heading.split(" … ")), heading
