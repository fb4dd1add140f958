"""The recipe on the command line: from a file, from a link, and from flags that its own descriptions make."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from gca_viz.cli.console import note
from gca_viz.cli.flags import add_flag, flag_of, help_of
from gca_viz.cli.parser import Parser
from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress

if TYPE_CHECKING:
    from gca_viz.experiments.recipe.recipe import Recipe

#: stands before the name of a field in the parsed arguments
FIELD = "field_"
#: a flag for two things: an embedding's output, and where a command writes
SHARED = "output"
#: the groups of what a plan is computed from
PLAN = ("data", "views", "encoder", "method", "target", "weights")
_WORDS = {
    "target": "Target plan: how much of each row should go to each column.",
    "weights": "A temperature and a weight of each sample's own.",
}
#: what a flag takes on the command line beside what a link may say
_PATHS = {
    "encoders": "Or paths to checkpoints among the names.",
    "run": "Or a folder or zip of checkpoints: its first is A, the others stand beside it.",
    "with": "A path as in --encoders.",
}


@dataclass(frozen=True)
class Asked:
    """What a command is to compute.

    Attributes:
        recipe: whose parts fit each other.
        sources: flag → what was written there of the paths that were brought.
        output: the file to write, or None.
        encoders: what was written behind ``--encoders``, if it was given → the names of these in recipes.
    """

    recipe: Recipe
    sources: Mapping[str, str]
    output: Path | None
    encoders: Mapping[str, str] = field(default_factory=dict)

    def command(self, name: str, *flags: str) -> str:
        """The command that computes the same, with the flags that stand behind its name."""
        from gca_viz.experiments.compare.command import compare_command

        return compare_command(self.recipe, name, *flags, sources=self.sources)


def add_recipe(
    parser: Parser,
    *,
    chosen: bool,
    shows: Collection[str] = (),
    files: str = "",
    says: Mapping[str, str] | None = None,
) -> None:
    """Add where a recipe comes from and, if the command is chosen, a flag per field.

    Args:
        shows: the groups and single flags that ``--help`` lists; the others are in ``--help-all``.
        files: what ``--output`` may name beside an embedding's output, in words; empty where nothing is written.
        says: field, named as in a link → what help adds to its flag, where this command means more by it.
    """
    parser.usage = "%(prog)s [--recipe FILE | --link URL] [flags]"
    group = parser.add_argument_group("recipe", "flags override what the file or the link says")
    source = group.add_mutually_exclusive_group()
    source.add_argument("--recipe", type=Path, metavar="FILE", help="what the app's “Download recipe” gives")
    source.add_argument("--link", metavar="URL", help="the app's address, of any host; only its query is read")
    group.add_argument(
        "--strict",
        action="store_true",
        help="end with a mistake where a part of file or link cannot be read or gives way, in place of a notice",
    )
    group.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=ANSWER",
        help="what the tensors of your checkpoints do not say, e.g. weights=teacher,stem_padding=2; the report of "
        "a file lists what it leaves open",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, and no word of what was written")
    if chosen:
        for title, (words, items) in _groups().items():
            group = parser.add_argument_group(title, words)
            flags = [_add_field(parser, group, item.metadata, files, says or {}) for item in items]
            back = [flag for flag in flags if title not in shows and flag.dest.removeprefix(FIELD) not in shows]
            for flag in back:
                parser.keep_back(flag)
            if len(back) == len(flags):
                parser.keep_back(group)


def _groups() -> dict[str, tuple[str, list[Field[Any]]]]:
    """Heading → what it is about, and the fields of the recipe below it."""
    from gca_viz.experiments.recipe.recipe import Recipe

    found: dict[str, tuple[str, list[Field[Any]]]] = {}
    recipe = Recipe()
    for part in fields(recipe):
        described = getattr(recipe, part.name)
        about = (described.__doc__ or "").partition("\n")[0]
        for item in fields(described):
            title = item.metadata["group"] or part.name
            found.setdefault(title, (_WORDS.get(title, about), []))[1].append(item)
    return found


def _add_field(
    parser: Parser,
    group: argparse._ArgumentGroup,
    described: Mapping[str, Any],
    files: str,
    says: Mapping[str, str],
) -> argparse.Action:
    """Add the flag of a field, named as in Python; its name in a link is taken, too."""
    from gca_viz.experiments.recipe.parts import ENCODER

    key, spec = described["key"], described["spec"]
    words = " ".join(filter(None, (help_of(spec), _PATHS.get(key, ""), says.get(key, ""))))
    if flag_of(spec.name) != f"--{key}":
        parser.also_takes(f"--{key}", flag_of(spec.name))
    shared = key == SHARED
    words = f"{words} Or a file to write: {files}." if files and shared else words
    many = key == "encoders"  # what a shell makes of runs/*.safetensors is taken, too
    flag = add_flag(parser, group, spec, FIELD + key, short="-o" * shared, words=words, several=shared, many=many)
    if many:
        parser.names[flag.dest] = ENCODER.options
    return flag


def read_recipe(
    chosen: argparse.Namespace,
    report_progress: ReportProgress = lambda share, what: None,
    *,
    endings: tuple[str, ...] = (),
    needed: bool = False,
    into: Path | None = None,
) -> Asked:
    """The recipe that the arguments name; what gave way is told on stderr.

    What is wrong with the arguments themselves is told before anything is read or imported that takes time.

    Args:
        chosen: the parsed arguments.
        report_progress: progress.
        endings: how the name of the file to write may end; none where the command writes no file.
        needed: whether there has to be one.
        into: a folder in which images of a path are decoded, however many they are; by default memory.

    Raises:
        InputError: a flag that cannot be, a file or link that is none, or with ``--strict`` a part that gave way.
    """
    from gca_viz.cli import places
    from gca_viz.encoders.checkpoints.assumptions import Assumptions
    from gca_viz.experiments.recipe import versions as recipe_versions

    base, notices = _start(chosen)
    given = {key.removeprefix(FIELD): text for key, text in vars(chosen).items() if key.startswith(FIELD)}
    written = [word for word in dict.fromkeys(given.get("encoders", "").split(",")) if word]
    given, output = _parted(recipe_versions.current(given))  # flags, as links, may be of an older version
    _check_output(output, endings, needed=needed)
    assume = Assumptions.of(",".join(chosen.assume))
    base.with_texts(**{key: text for key, text in given.items() if key not in places.NAMED})
    places.check(given)
    say = lambda path, report: None if chosen.quiet else note(f"{path}: {report}")  # noqa: E731
    from gca_viz.cli.uploads import named
    from gca_viz.experiments.recipe.consistency import consistent

    given, sources = named(given, report_progress, say, assume, into=into)
    started = chosen.recipe is not None or chosen.link is not None
    if started:
        base, told_of_base = consistent(base)
        notices += told_of_base
    # A part of a file or link that does not fit a flag gives way to it, as it would to a click.
    recipe, told_of_all = consistent(base.with_texts(**given), base if started and given else None)
    notices += told_of_all
    if notices and chosen.strict:
        raise InputError("a recipe that cannot stay as it is", "--strict lets nothing give way", " ".join(notices))
    for sentence in notices:
        note(sentence)
    encoders = dict(zip(written, given["encoders"].split(","), strict=True)) if written else {}
    return Asked(recipe, sources, output, encoders)


def _parted(given: dict[str, Any]) -> tuple[dict[str, str], Path | None]:
    """Fields, and the file to write: ``--output`` takes both, and no file is called as an output is."""
    from gca_viz.encoders import OUTPUTS

    outputs: list[str] = []
    files: list[str] = []
    for text in given.pop(SHARED, []):
        (outputs if text in OUTPUTS else files).append(text)
    if len(files) > 1:
        raise InputError(f"{len(files)} files for --output", "one is written", "Leave out the others")
    if outputs:
        given[SHARED] = outputs[-1]
    return given, Path(files[0]).expanduser() if files else None


def _check_output(output: Path | None, endings: tuple[str, ...], *, needed: bool) -> None:
    """Raise :class:`InputError` where the name of the file to write ends as none that the command can write."""
    if (output is None and needed) or (output is not None and output.suffix.lower() not in endings):
        raise InputError(
            "no --output" if output is None else f"output = {str(output)!r}",
            f"the file to write ends in {' or '.join(endings) or 'nothing: this command writes none'}",
            "Name it with --output; projector and backbone choose the embedding",
            parameter="output",
        )


def _start(chosen: argparse.Namespace) -> tuple[Recipe, list[str]]:
    """What file or link say, and what of it could not be read."""
    from gca_viz.experiments.recipe.recipe import Recipe

    if chosen.recipe is not None:
        return _of_file(chosen.recipe, "--recipe")
    return (Recipe(), []) if chosen.link is None else _of_link(chosen.link)


def recipe_at(place: str, flag: str) -> tuple[Recipe, list[str]]:
    """The recipe of a file or of a link, and a sentence for each part that could not be read or gave way.

    Raises:
        InputError: neither a file nor a link; ``flag`` is where it was written.
    """
    from gca_viz.experiments.recipe.consistency import consistent

    is_link = "?" in place or "://" in place
    recipe, notices = _of_link(place) if is_link else _of_file(Path(place), flag)
    recipe, gave_way = consistent(recipe)
    return recipe, notices + gave_way


def _of_file(path: Path, flag: str) -> tuple[Recipe, list[str]]:
    from gca_viz.experiments.recipe.recipe import Recipe, texts_of_json

    try:
        text = path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"no readable file {path}", f"{flag} names a recipe in JSON", "Check the path") from error
    recipe, problems = Recipe.from_json(text)
    return recipe, [_WITHOUT.format("recipe", problem) for problem in problems] + _typos(
        "file", texts_of_json(text)
    )


def _of_link(link: str) -> tuple[Recipe, list[str]]:
    from gca_viz.experiments.recipe.recipe import Recipe

    query = query_of(link)
    recipe, problems = Recipe.from_query(query)
    return recipe, [_WITHOUT.format("link", problem) for problem in problems] + _typos("link", query)


_WITHOUT = "The {} was read without this part. {}"


def query_of(link: str) -> dict[str, str]:
    """The query of an address, or of the part behind its question mark; raises :class:`InputError`."""
    try:
        query = urlsplit(link).query or ("" if "/" in link else link)
    except ValueError as error:  # brackets that are no IPv6 address
        raise InputError(f"link = {link!r}", f"an address is needed ({error})", "Copy it again") from error
    return dict(parse_qsl(query, keep_blank_values=True))


def _typos(what: str, query: Mapping[str, str]) -> list[str]:
    """A sentence per name that is nearly one of a recipe; others belong to the page or to whoever sent the link."""
    from gca_viz.experiments.recipe.recipe import Recipe
    from gca_viz.experiments.recipe.versions import KEY

    known = (*Recipe.link_names(), *Recipe.long_names())
    near = {name: get_close_matches(name, known, 1, 0.75) for name in query if name not in (*known, KEY)}
    return [
        f"The {what} names {name!r}, which is no part of a recipe and was left out. Did you mean {found[0]!r}?"
        for name, found in near.items()
        if found
    ]
