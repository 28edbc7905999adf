"""The tutorial on conditions is followed line by line on a practice fleet, with seconds for its days."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ddb_client.core.words import words_of
from ddb_contract.text import unb64
from e2e.harness import Fleet, Result, tree

PAGE = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text()
SITUATIONS = dict(re.findall(r"^## (\d .+?)\n(.+?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL))
QUICK = "15s"


def steps(section: str) -> list[tuple[list[str], str]]:
    """Each command's arguments after `ddb`, and the remark behind it."""
    blocks = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    lines = [line.removeprefix("$ ddb ") for block in blocks for line in block.splitlines()]
    halves = [line.partition("#") for line in lines]
    return [(shlex.split(re.sub(r"\b\d+[hd]\b", QUICK, command)), remark.strip()) for command, _, remark in halves]


class Reader:
    """Somebody who does what the tutorial says."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        self.fleet, self.me = fleet, folder
        self._codes: dict[str, str] = {}

    def follow(self, section: str) -> None:
        for arguments, remark in steps(section):
            result = self.does(arguments, remark)
            assert result.status == (3 if remark.startswith("still locked") else 0), (arguments, result)
            if remark.startswith("approved by"):
                assert remark in result.out

    def does(self, arguments: list[str], remark: str) -> Result:
        verb, *rest = [str(self.me / part[2:]) if part.startswith("~/") else part for part in arguments]
        match verb:
            case "split":
                self._deposit(Path(rest[0]))
                rest.append("--yes")
            case "extend":
                rest.append("--yes")
            case "approve":
                rest.append(self._code(remark.split()[-1]))
            case "recover" if "-" in rest:
                rest[rest.index("-")] = self._recovery_code()
        return self.fleet.ddb(verb, *rest, cwd=self.me)

    def _deposit(self, path: Path) -> None:
        path.mkdir()
        (path / "one.txt").write_text(f"the one of {path.name}")
        shutil.copytree(path, self.me / f"{path.name}-before")

    def _code(self, approver: str) -> str:
        for slips in self.me.glob("*.txt"):
            self._codes |= dict(re.findall(r"SLIP for (\S+)$.*?^code: (\S+)$", slips.read_text(), re.M | re.S))
        return self._codes[approver]

    def _recovery_code(self) -> str:
        newest = max(self.fleet.drops(), key=lambda drop: self.fleet.ticket(drop["drop"]).created)
        return words_of(unb64(self.fleet.ticket(newest["drop"]).claim_seed))


def contents(folder: Path) -> list[bytes]:
    return [content for _, _, content in tree(folder).values()]


def test_there_are_four_situations() -> None:
    assert len(SITUATIONS) == 4


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Somebody with a practice fleet of three, and an empty folder as `~`."""
    fleet = Fleet(tmp_path / "home", 3)
    (tmp_path / "me").mkdir()
    fleet.up()
    yield Reader(fleet, tmp_path / "me")
    fleet.down()


@pytest.mark.parametrize("title", SITUATIONS)
def test_a_situation_goes_as_it_is_told(reader: Reader, title: str) -> None:
    reader.follow(SITUATIONS[title])
    (again,) = reader.me.glob("*-again")
    before = reader.me / again.name.replace("-again", "-before")
    assert contents(again) == contents(before)


def test_what_comes_before_goes_as_it_is_told_too(reader: Reader) -> None:
    before = PAGE.partition("## 1")[0]
    said = [reader.does(arguments, "") for arguments, _ in steps(before) if arguments[0] not in ("fleet", "pair")]
    assert [result.status for result in said] == [0, 0]
    assert "the longer condition of attic changes nothing while desk and shed are there" in said[0].out + said[0].err
    assert "the rehearsal went well" in said[1].out
