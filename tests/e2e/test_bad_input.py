"""Whatever a person gets wrong: one sentence with what helps, the right exit status, and nothing is lost."""

import os
import socket
from pathlib import Path

import pytest

from e2e.harness import Fleet, Laptop

SPLIT = ("--custodians", "3", "--release", "after 1h", "--yes")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--frobnicate",), "--frobnicate"),
        (("frobnicate",), "frobnicate"),
        (("split", "--frobnicate"), "--frobnicate"),
        (("split", "LETTER"), "--release"),
        (("split", "MISSING", *SPLIT), "missing.txt"),
        (("split", "/dev/null", *SPLIT), "/dev/null"),
        (("split", "SOCKET", *SPLIT), "socket"),
        (("split", "FOLDER-WITH-FIFO", *SPLIT), "fifo"),
        (("split", "LETTER", *SPLIT, "--threshold", "4"), "--threshold is at most 3"),
        (("split", "LETTER", *SPLIT, "--threshold", "1"), "--force"),
        (("split", "LETTER", *SPLIT, "--threshold", "0"), "threshold"),
        (("split", "LETTER", *SPLIT, "--threshold", "two"), "two"),
        (("split", "LETTER", "--custodians", "4", "--release", "after 1h"), "only 3 are paired"),
        (("split", "LETTER", "--custodians", "17", "--release", "after 1h"), "16"),
        (("split", "LETTER", "--custodians", "0", "--release", "after 1h"), "0 custodians"),
        (("split", "LETTER", "--custodians", "3", "--release", "after"), "after\n"),
        (("split", "LETTER", "--custodians", "3", "--release", "after 5 parsecs"), "^"),
        (("split", "LETTER", "--custodians", "3", "--release", "after 0s"), "nothing"),
        (("split", "LETTER", "--custodians", "3", "--release", "after 11y"), "^"),
        (("split", "LETTER", "--custodians", "3", "--release", "after 4000d"), "ten years"),
        (("split", "LETTER", "--custodians", "3", "--release", "at 2001-01-01T00:00Z"), "passed"),
        (("split", "LETTER", "--custodians", "3", "--release", "at 2099-01-01T00:00Z"), "ten years"),
        (("split", "LETTER", "--custodians", "3", "--release", "at 2099-01-01T00:00"), "zone"),
        (("split", "LETTER", "--custodians", "3", "--release", "(" * 5000 + "after 1h" + ")" * 5000), "1000"),
        (("split", "LETTER", "--custodians", "3", "--release", "(" * 400 + "after 1h"), "condition"),
        (("split", "LETTER", *SPLIT, "--release", "nobody=after 2h"), "nobody"),
        (("split", "LETTER", *SPLIT, "--require", "nobody"), "nobody"),
        (("status", "nothing-like-it"), "nothing-like-it"),
        (("recover",), "--code"),
        (("recover", "nothing-like-it"), "nothing-like-it"),
        (("recover", "--code", "one two three"), "word"),
        (("recover", "--code", "abandon " * 24), "code"),
        (("recover", "--code", "abandon " * 23), "23"),
        (("destroy", "nothing-like-it", "--yes"), "nothing-like-it"),
        (("join", "LETTER", "--ticket", "MISSING"), "missing.txt"),
        (("pair", "nobody-of-that-name", "--code", "1234"), "nobody-of-that-name"),
        (("pair", "--host", "not a host", "--code", "1234"), "not a host"),
        (("log", "nobody"), "nobody"),
    ],
)
def test_a_wrong_command_line(
    fleet: Fleet, letter: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    places = {
        "LETTER": letter,
        "MISSING": tmp_path / "missing.txt",
        "SOCKET": tmp_path / "socket",
        "FOLDER-WITH-FIFO": tmp_path / "folder",
    }
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(places["SOCKET"]))
    places["FOLDER-WITH-FIFO"].mkdir()
    os.mkfifo(places["FOLDER-WITH-FIFO"] / "fifo")
    before = tickets(fleet)
    result = fleet.ddb(*(places.get(word, word) for word in arguments), cwd=tmp_path)
    result.refused(2, words)
    assert result.out == ""
    assert letter.read_text() == "to be read later\n"
    assert tickets(fleet) == before


def tickets(laptop: Laptop) -> list[Path]:
    return sorted(laptop.home.glob("tickets/*"))


def test_nothing_answers_on_that_port(stranger: Laptop) -> None:
    stranger.ddb("pair", "--host", "127.0.0.1:1", "--code", "1234").refused(1, "127.0.0.1")


def test_a_laptop_without_custodians(stranger: Laptop, letter: Path) -> None:
    stranger.ddb("split", letter, *SPLIT).refused(2, "ddb pair")
    assert letter.exists()


def test_a_damaged_ticket(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter, "after 1h")
    good = Path(done["ticket"]).read_text()
    for number, text in enumerate(("", "{}", good[:-20], good.replace('"v":1', '"v":2'), good[:-1] + ',"x":1}')):
        bad = tmp_path / f"bad{number}.ticket"
        bad.write_text(text)
        share = fleet["attic"].share(done["drop"])
        fleet.ddb("recover", bad, "--to", tmp_path / "again").refused(1, bad.name)
        fleet.ddb("join", share, "--ticket", bad, "--to", tmp_path / "again").refused(1, bad.name)


def test_what_is_no_share_is_named(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter, "after 1h")
    noise = tmp_path / "noise.share"
    noise.write_bytes(os.urandom(70_000))
    share = fleet["attic"].share(done["drop"])
    result = fleet.ddb("join", share, noise, "--ticket", done["ticket"], "--to", tmp_path / "again")
    result.refused(4, "noise.share")


def test_a_target_whose_folder_is_missing(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter)
    fleet.ddb("recover", done["drop"], "--wait", "--to", tmp_path / "nowhere" / "again").refused(2, "nowhere")
    assert fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")["damaged"] == []


def test_a_full_disk_on_the_way_back_leaves_nothing(fleet: Fleet, tmp_path: Path) -> None:
    original = tmp_path / "large"
    original.write_bytes(bytes(3_000_000))
    done = fleet.split(original)
    fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "first")
    limited = ("prlimit", "--fsize=1000000")
    result = fleet.ddb("recover", done["drop"], "--to", tmp_path / "again", prefix=limited)
    result.refused(1)
    assert not [path for path in tmp_path.iterdir() if "again" in path.name]


def test_a_custodian_that_is_down_is_named_and_nothing_begins(own_fleet: Fleet, letter: Path) -> None:
    own_fleet["desk"].stop()
    own_fleet.ddb("split", letter, *SPLIT).refused(4, "desk")
    assert letter.exists()
    assert own_fleet.drops() == []


def test_two_drops_of_one_name_are_told_apart(fleet: Fleet, letter: Path) -> None:
    fleet.split(letter, "after 1h", "--keep-original")
    fleet.split(letter, "after 1h", "--keep-original")
    fleet.ddb("status", "letter.txt").refused(2, "more than one")


def test_no_answer_on_a_closed_pipe_is_no_traceback(fleet: Fleet) -> None:
    process = fleet.begin("--help")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(20)
