"""What every verb gets from the frame: sentences, exit codes, silence on stdout."""

import io
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from ddb_client import errors
from ddb_client.cli import VERBS, ddb, frame


def raising(error: BaseException) -> click.Command:
    @click.command()
    def command() -> None:
        raise error

    return command


def ran(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ddb_client", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Failure("it failed", "try again"), 1),
        (errors.BadThreshold("it failed", "try again"), 2),
        (errors.StillLocked("it failed", [], None, "try again"), 3),
        (errors.TooFewCustodians("it failed", "try again"), 4),
        (errors.BadShare("it failed", "try again"), 5),
    ],
)
def test_a_failure_is_a_sentence_a_hint_and_its_status(
    error: errors.Failure, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frame.run(raising(error), []) == status
    assert capsys.readouterr() == ("", "ddb: it failed\n  try again\n")


def test_an_interrupt_is_130_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(raising(KeyboardInterrupt()), []) == 130
    assert capsys.readouterr().err.strip().startswith("ddb: interrupted")


_ENDLESS = """
import sys, time, click
from ddb_client.cli import frame

@click.command()
def endless():
    try:
        print("ready", flush=True)
        time.sleep(600)
    finally:
        print("cleared up", flush=True)

frame.clear_up_when_ended()
sys.exit(frame.run(endless, []))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_clears_up_first(number: signal.Signals) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _ENDLESS], stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate()
    assert (out, process.returncode) == ("cleared up\n", 128 + number)
    assert err.strip() == "ddb: ended by a signal; run the same command again to go on"


def test_the_unexpected_is_one_sentence_and_its_details_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DDB_DEBUG", raising=False)
    assert frame.run(raising(ZeroDivisionError("Oh no.\nmore")), []) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "DDB_DEBUG=1" in said
    monkeypatch.setenv("DDB_DEBUG", "1")
    frame.run(raising(ZeroDivisionError("x")), [])
    assert "Traceback" in capsys.readouterr().err


def test_asking_without_a_terminal_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    with pytest.raises(errors.Usage):
        frame.ask("what")
    with pytest.raises(errors.Usage, match="sure"):
        frame.confirm("sure?", yes=False)
    frame.confirm("sure?", yes=True)


@pytest.mark.parametrize("verb", [*VERBS, "fleet up", "fleet down", "fleet status", "fleet remove"])
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(ddb, [*verb.split(), "--help"]) == 0
    assert "Usage: ddb" in capsys.readouterr().out


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_named_like_its_module(verb: str) -> None:
    assert import_module(f"ddb_client.cli.{verb}").command.name == verb


@pytest.mark.parametrize(
    "arguments", [["--frobnicate"], ["frobnicate"], ["pair", "--frob"], ["fleet", "up", "--custodians", "17"]]
)
def test_a_wrong_usage_is_2_with_the_way_to_the_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(ddb, arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("ddb: ")
    assert not first.endswith(".")
    assert "--help" in second


def test_ddb_alone_shows_its_help() -> None:
    shown = ran()
    assert shown.returncode == 2
    assert "Verbs:" in shown.stderr
    assert "ddb: usage" not in shown.stderr


def test_version() -> None:
    assert ran("--version").stdout.startswith("ddb ")


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; from ddb_client.cli import ddb; ddb.main(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    for heavy in ("pydantic", "Crypto", "zeroconf", "urllib3", "rich", "lark", "asyncio", "ddb_client.ports"):
        assert heavy not in loaded


def test_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "ddb_client", "--help"], check=False, stdout=closed, stderr=subprocess.PIPE
        )
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_a_terminal_that_can_not_show_it_gets_a_stand_in(tmp_path: object) -> None:
    assert ran("fleet", "status", PYTHONIOENCODING="ascii", DDB_HOME=str(tmp_path)).returncode == 0


def test_a_passphrase_comes_from_the_file_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "passphrase"
    monkeypatch.setenv("DDB_PASSPHRASE_FILE", str(file))
    for content, given in ((b"correct horse\n", "correct horse"), (b" \xc3\xa9 \r\nmore", " é ")):
        file.write_bytes(content)
        assert frame.passphrase("passphrase") == given
    for content, words in ((b"\nmore", "no passphrase"), (b"\xff", "no text")):
        file.write_bytes(content)
        with pytest.raises(errors.Usage, match=words):
            frame.passphrase("passphrase")
    file.unlink()
    with pytest.raises(errors.Usage, match="no such file"):
        frame.passphrase("passphrase")
    monkeypatch.delenv("DDB_PASSPHRASE_FILE")
    with pytest.raises(errors.Usage, match="can't ask here") as refused:
        frame.passphrase("passphrase")
    assert "DDB_PASSPHRASE_FILE" in str(refused.value.hint)
