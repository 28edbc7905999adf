"""Bars on a terminal, silence in a pipe."""

import sys

import pytest

from ddb_client.adapters.progress import TerminalProgress


def drive(progress: TerminalProgress) -> None:
    progress.start("desk", 100)
    progress.advance("desk", 40)
    progress.say("half [way]")
    progress.finish("desk")
    progress.finish("desk")
    progress.advance("desk", 1)
    progress.close()
    progress.close()


def test_in_a_pipe_only_what_is_said_appears(capsys: pytest.CaptureFixture[str]) -> None:
    drive(TerminalProgress())
    assert capsys.readouterr() == ("", "half [way]\n")


def test_on_a_terminal_a_bar_is_drawn_and_the_cursor_given_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    drive(TerminalProgress())
    out, err = capsys.readouterr()
    assert out == ""
    assert "desk" in err
    assert "half [way]" in err
    assert err.rindex("\x1b[?25h") > err.rindex("\x1b[?25l")
