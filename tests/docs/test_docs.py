"""The documents say what the program does: commands, links, files, routes, fields, lights."""

import re
import shlex
from functools import cache
from pathlib import Path

import click
import pytest

from ddb_client import errors
from ddb_client.cli import ddb
from ddb_client.core.ticket import Ticket
from ddb_contract import problems
from ddb_contract.lights import LIGHTS
from ddb_contract.messages import Receipt
from ddb_contract.routes import ROUTES

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")
FILE = re.compile(r"`((?:client|custodian|tests|docs)/[\w./-]+)`")
INLINE = re.compile(r"`(ddb(?: [^`]*)?)`")
OPTION = re.compile(r"`(--[a-z-]+)[^`]*`")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@cache
def words_in(page: Path) -> str:
    return page.read_text()


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table whose first heading cell is `heading`, its heading left out."""
    lines = words_in(ROOT / page).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    table = lines[first + 2 :]
    end = next((i for i, line in enumerate(table) if not line.startswith("|")), len(table))
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[:end]]


def consoles(page: Path) -> list[list[str]]:
    """The arguments of every `$ ddb …` line in the page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", words_in(page), re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("ddb ")]


def followed(command: click.Command, arguments: list[str], context: click.Context) -> list[str]:
    """The verbs that the arguments go through. Raises click.UsageError when the command doesn't take them."""
    if isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        verb = command.get_command(context, arguments[0])
        if verb is None:
            raise click.UsageError(f"there is no {arguments[0]}")
        inner = click.Context(verb, context, info_name=arguments[0])
        return [arguments[0], *followed(verb, arguments[1:], inner)]
    _, rest, _ = command.make_parser(context).parse_args(list(arguments))
    if rest:
        raise click.UsageError(f"{rest} is too much")
    return []


def verbs_of(arguments: list[str]) -> list[str]:
    return followed(ddb, arguments, click.Context(ddb, info_name="ddb"))


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    return [
        leaf
        for name in command.list_commands(context)
        if (verb := command.get_command(context, name))
        for leaf in leaves(verb, (*path, name))
    ]


def options_of(path: tuple[str, ...]) -> set[str]:
    command: click.Command = ddb
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    return {option for parameter in command.params for option in parameter.opts} | {"--help"}


@every_page
def test_every_command_line_shown_is_one_that_the_program_takes(page: Path) -> None:
    for arguments in consoles(page):
        verbs_of(arguments)


@every_page
def test_every_command_named_in_a_sentence_is_one_that_the_program_takes(page: Path) -> None:
    for text in INLINE.findall(words_in(page)):
        arguments = shlex.split(text)[1:]
        if arguments != ["…"]:
            verbs_of(arguments)


@every_page
def test_every_option_named_in_a_sentence_belongs_to_some_verb(page: Path) -> None:
    known = set().union(*(options_of(leaf) for leaf in leaves(ddb)))
    assert set(OPTION.findall(words_in(page))) <= known


def test_every_verb_is_shown() -> None:
    shown = {tuple(verbs_of(arguments)) for page in PAGES for arguments in consoles(page)}
    assert set(leaves(ddb)) <= shown


def test_a_command_that_does_not_exist_is_noticed() -> None:
    for line in ("frobnicate", "split --frobnicate", "split one two", "fleet frobnicate"):
        with pytest.raises(click.UsageError):
            verbs_of(line.split())


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(words_in(page)):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", words_in(file), re.MULTILINE)
            assert anchor[1:] in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@every_page
def test_every_file_named_exists(page: Path) -> None:
    for name in FILE.findall(words_in(page)):
        assert (ROOT / name).exists(), name


@every_page
def test_every_page_can_be_reached_from_the_readme(page: Path) -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        here = todo.pop()
        reached.add(here)
        links = [(here.parent / target).resolve() for target, _ in LINK.findall(words_in(here)) if target]
        todo += [link for link in links if link.suffix == ".md" and link.exists() and link not in reached]
    assert page in reached


def test_the_protocol_lists_every_route_and_no_other() -> None:
    shown = {row[0].strip("`") for row in rows("docs/protocol/http.md", "route")}
    assert shown == {f"{route.method} {route.path}" for route in ROUTES.values()}


def test_the_protocol_lists_every_problem_and_no_other() -> None:
    shown = {(int(row[0]), row[1].strip("`")) for row in rows("docs/protocol/http.md", "status")}
    assert shown == {(kind.status, kind.code) for kind in problems.Refusal.__subclasses__()}


@pytest.mark.parametrize(
    ("page", "fields"), [("receipt", {"v", *Receipt.model_fields}), ("ticket", {"v", *Ticket.model_fields})]
)
def test_the_protocol_lists_every_field_and_no_other(page: str, fields: set[str]) -> None:
    cells = " ".join(row[0] for row in rows(f"docs/protocol/{page}.md", "field"))
    assert set(re.findall(r"`(\w+)`", cells)) == fields


def test_the_lights_are_explained_in_their_own_words() -> None:
    shown = [row[3].replace(" (not in this version)", "") for row in rows("docs/operations/practice.md", "red")]
    assert shown == [pattern.meaning for pattern in LIGHTS.values()]


def test_the_exit_statuses_are_explained() -> None:
    shown = {int(row[0]) for row in rows("docs/operations/laptop.md", "status")}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Failure)]
    assert shown == {0, *(kind.exit_status for kind in kinds)}


def test_every_vector_is_pointed_to_by_the_protocol() -> None:
    vectors = {f"tests/vectors/{path.name}" for path in (ROOT / "tests/vectors").glob("*.json")}
    assert vectors <= {
        name for page in PAGES if page.parent.name == "protocol" for name in FILE.findall(words_in(page))
    }


def test_every_target_named_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:`|\$ )make ([a-z]+)", words_in(page))}
    assert {"demo", "test"} <= named <= targets
