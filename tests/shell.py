"""Verbs in process, on a laptop whose custodians are in memory."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from ddb_client.cli import ddb, frame
from fakes_client_api import Network, TestWorld


@dataclass
class Ended:
    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


class Shell:
    """Runs verbs as a person types them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.world, self._capsys = TestWorld(folder, Network("attic", "desk", "shed")), capsys
        self.world.pair_all()
        self.original = folder / "diary.txt"
        self.original.write_text("words")

    def __call__(self, verb: str, *arguments: str) -> Ended:
        command = ddb.get_command(click.Context(ddb), verb)  # type: ignore[attr-defined]
        assert command is not None, verb
        laptop = click.Group("ddb", {verb: command}, callback=click.pass_context(self._enter))
        code = frame.run(laptop, [verb, *arguments])
        captured = self._capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    def _enter(self, context: click.Context) -> None:
        context.obj = self.world

    def lock(self, *more: str) -> dict[str, Any]:
        return self("split", str(self.original), "--release", "after 60s", "--yes", "--json", *more).document

    def under(self, release: str, *more: str) -> dict[str, Any]:
        """Locked under that condition."""
        return self("split", str(self.original), "--release", release, "--yes", "--json", *more).document
