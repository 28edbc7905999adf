"""What all verbs share: how answers, questions and errors reach a person, and the exit status.

Answers go to stdout, everything else to stderr. With `--json` stdout carries exactly one JSON document, or nothing if
the verb failed.
"""

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import click

from ddb_client.errors import Failure, Usage

INTERRUPTED = 130
_SIGNALED = 128
_ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_NO_TERMINAL = "run this on a terminal, or name a file that begins with it in DDB_PASSPHRASE_FILE"

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of words.")
yes_option = click.option("--yes", "-y", is_flag=True, help="Don't ask.")


class Ended(KeyboardInterrupt):
    """The process was told to end by the signal `number`: like Ctrl-C, so that everything is cleared up."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def clear_up_when_ended() -> None:
    """SIGTERM and SIGHUP are raised as Ended from now on, once; one that is ignored (nohup) stays so."""

    def end(number: int, _: FrameType | None) -> None:
        for ending in _ENDINGS:
            signal.signal(ending, signal.SIG_IGN)
        raise Ended(number)

    for ending in _ENDINGS:
        if signal.getsignal(ending) == signal.SIG_DFL:
            signal.signal(ending, end)


def run(command: click.Command, arguments: Sequence[str]) -> int:
    """Runs `command` and returns its exit status; whatever it raised has been said in a sentence on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status = command.main(
            list(arguments), "ddb", standalone_mode=False, color=False if "NO_COLOR" in os.environ else None
        )
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, KeyboardInterrupt) as error:
        return _told(error)
    return status if isinstance(status, int) else 0


def _told(error: BaseException) -> int:
    if os.environ.get("DDB_DEBUG"):
        import traceback

        traceback.print_exception(error)
    match error:
        case Failure():
            return _complain(error.message, error.hint, error.exit_status)
        case click.exceptions.NoArgsIsHelpError():
            note(error.format_message())
            return error.exit_code
        case click.UsageError():
            where = error.ctx.command_path if error.ctx else "ddb"
            return _complain(_plain(error.format_message()), f"`{where} --help` shows what it takes", 2)
        case click.ClickException():
            return _complain(_plain(error.format_message()), None, error.exit_code)
        case Ended(number=number) | click.Abort(__cause__=Ended(number=number)):
            return _complain("ended by a signal; run the same command again to go on", None, _SIGNALED + number)
        case KeyboardInterrupt() | click.Abort():
            return _complain("interrupted; run the same command again to go on", None, INTERRUPTED)
        case _:
            what = _plain(f"{type(error).__name__} {error}".split("\n")[0])
            return _complain(f"something unexpected went wrong: {what}", "DDB_DEBUG=1 shows the details", 1)


def _complain(message: str, hint: str | None, status: int) -> int:
    note(f"ddb: {message}")
    if hint:
        note(f"  {hint}")
    return status


def _plain(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def show_version(ctx: click.Context, parameter: click.Parameter, asked: bool) -> None:
    """Callback of `--version`."""
    if asked:
        from importlib.metadata import version

        click.echo(f"ddb {version('deaddropbox')}")
        ctx.exit()


def print_json(document: Any) -> None:
    """The one JSON document on stdout."""
    click.echo(json.dumps(document, indent=2))


def say(line: str) -> None:
    """A line of the answer, on stdout."""
    click.echo(line)


def note(line: str) -> None:
    """A line for the person that is not the answer, on stderr."""
    click.echo(line, err=True)


def table(rows: Sequence[Sequence[str]]) -> None:
    """Rows of the answer in aligned columns, on stdout; the first row is the heading."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        say("  ".join(padded).rstrip())


def interactive() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, hide: bool = False, check: Callable[[str], str] = str) -> str:
    """What the person types. `check` returns the answer or raises click.BadParameter to ask again.

    Raises Usage where there is no terminal.
    """
    if not interactive():
        raise Usage(f"can't ask here: {question}", "give it as an option, or run this on a terminal")
    answer: str = click.prompt(question, hide_input=hide, value_proc=check, err=True)
    return answer


def passphrase(question: str) -> str:
    """The first line of the file that $DDB_PASSPHRASE_FILE names, else what the person types. Raises Usage."""
    path = os.environ.get("DDB_PASSPHRASE_FILE")
    if not path and not interactive():
        raise Usage(f"can't ask here: {question}", _NO_TERMINAL)
    if not path:
        return ask(question, hide=True)
    try:
        line = Path(path).read_text("utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "it is no text"
        raise Usage(f"the passphrase can't be read from {path}: {what.lower()}", _NO_TERMINAL) from error
    if not line:
        raise Usage(f"there is no passphrase in {path}", _NO_TERMINAL)
    return line


def confirm(question: str, yes: bool) -> None:
    """Returns if `yes` was given or the person agrees. Raises Usage where nobody can be asked, Failure on a no."""
    if yes:
        return
    if not interactive():
        raise Usage(f"can't ask here: {question}", "add --yes if you are sure")
    if not click.confirm(question, err=True):
        raise Failure("nothing was done")
