"""What the laptop keeps: one suite for the stores on files and in memory, and what only files can suffer."""

import json
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ddb_client.adapters.private_files import write_private
from ddb_client.adapters.stores import FileBook, FileOwnerKeys, FileTickets
from ddb_client.core.ticket import Holder, OwnerKey, Ticket
from ddb_client.errors import BadTarget, BadTicket, Failure, LocalDisk, Usage
from ddb_client.ports import Address, Book, OwnerKeys, Paired, Tickets
from ddb_contract.text import b32, b64
from fakes_client import CountingEntropy, MemoryBook, MemoryOwnerKeys, MemoryTickets


def paired(letter: str, port: int = 443) -> Paired:
    return Paired(b32(letter.encode() * 32), letter, Address("192.0.2.1", port), letter.encode() * 32, False, True)


def ticket(letter: str = "d", created: str = "2026-11-24T12:00:00+00:00", phase: str = "draft") -> Ticket:
    return Ticket(
        phase=phase,  # type: ignore[arg-type]
        drop=b32(letter.encode() * 16),
        label="Brief an Łucja.txt",
        created=created,
        claim_seed=b64(b"c" * 32),
        data_key=b64(b"k" * 32),
        k=1,
        n=1,
        size=66_240,
        practice=True,
        holders=[
            Holder(
                custodian=b32(b"i" * 32),
                name="desk",
                addresses=["192.0.2.1:443"],
                index=0,
                root=b64(bytes(32)),
                condition="after 1h",
            )
        ],
    )


@pytest.fixture(params=["files", "memory"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    return FileBook(tmp_path) if request.param == "files" else MemoryBook()


@pytest.fixture(params=["files", "memory"])
def tickets(request: pytest.FixtureRequest, tmp_path: Path) -> Tickets:
    return FileTickets(tmp_path, CountingEntropy()) if request.param == "files" else MemoryTickets()


@pytest.fixture(params=["files", "memory"])
def owner_keys(request: pytest.FixtureRequest, tmp_path: Path) -> OwnerKeys:
    return FileOwnerKeys(tmp_path) if request.param == "files" else MemoryOwnerKeys()


def test_a_book_keeps_replaces_and_forgets(book: Book) -> None:
    assert book.all() == []
    book.add(paired("a"))
    book.add(paired("b"))
    book.add(paired("a", port=444))
    assert sorted(book.all(), key=lambda one: one.name) == [paired("a", 444), paired("b")]
    book.remove(paired("a").id)
    book.remove(paired("a").id)
    assert book.all() == [paired("b")]


def test_tickets_are_kept_replaced_listed_newest_first_and_removed(tickets: Tickets) -> None:
    old, new = ticket("o", "2026-01-01T00:00:00+00:00"), ticket("n", "2026-02-01T00:00:00+00:00")
    tickets.write(old)
    path = tickets.write(new)
    assert tickets.all() == [new, old]
    assert tickets.open(path) == new
    tickets.write(new.model_copy(update={"phase": "locked"}))
    assert [one.phase for one in tickets.all()] == ["locked", "draft"]
    tickets.remove(new.drop_bytes)
    tickets.remove(new.drop_bytes)
    assert tickets.all() == [old]
    with pytest.raises(BadTarget):
        tickets.open(path)


def test_owner_keys_are_kept_and_removed(owner_keys: OwnerKeys) -> None:
    key = OwnerKey(drop=b32(b"d" * 16), seed=b64(b"s" * 32))
    assert owner_keys.read(b"d" * 16) is None
    owner_keys.write(key)
    assert owner_keys.read(b"d" * 16) == key
    owner_keys.remove(b"d" * 16)
    owner_keys.remove(b"d" * 16)
    assert owner_keys.read(b"d" * 16) is None


def test_files_and_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    FileBook(home).add(paired("a"))
    FileTickets(home, CountingEntropy()).write(ticket())
    FileOwnerKeys(home).write(OwnerKey(drop=b32(b"d" * 16), seed=b64(bytes(32))))
    for path in [home, *home.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 50_000,
        b'{"v":1,"custodians":[{}]}',
        b'{"v":2,"custodians":[]}',
        b" " * 3_000_000,
    ],
)
def test_a_damaged_fleet_file_is_named_and_never_overwritten(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "fleet.json"
    path.write_bytes(damage)
    for use in (FileBook(tmp_path).all, lambda: FileBook(tmp_path).add(paired("a"))):
        with pytest.raises(Failure, match=r"fleet\.json is damaged"):
            use()
    assert path.read_bytes() == damage


def test_what_is_no_ticket_is_passed_over_and_left_alone(tmp_path: Path) -> None:
    tickets = FileTickets(tmp_path, CountingEntropy())
    path = Path(tickets.write(ticket()))
    stranger = path.with_name("stranger.json")
    stranger.write_text("{}")
    assert tickets.all() == [ticket()]
    assert stranger.read_text() == "{}"
    with pytest.raises(BadTicket, match="no ticket"):
        tickets.open(str(stranger))


def test_a_protected_ticket_shows_nothing_stays_protected_and_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    asked: list[str] = []
    writer = FileTickets(tmp_path, CountingEntropy())
    writer.protect(ticket().drop_bytes, "correct horse")
    path = Path(writer.write(ticket()))
    assert list(json.loads(path.read_bytes())) == ["v", "protected"]
    assert b"Brief" not in path.read_bytes()

    def answering(answer: str) -> FileTickets:
        return FileTickets(tmp_path, CountingEntropy(), lambda question: asked.append(question) or answer)

    with pytest.raises(BadTicket, match="passphrase is wrong"):
        answering("wrong").open(str(path))
    with pytest.raises(BadTicket, match="under a passphrase"):
        FileTickets(tmp_path, CountingEntropy()).open(str(path))
    reader = answering("correct horse")
    assert reader.all() == [ticket()]
    reader.write(ticket(phase="locked"))
    assert b"protected" in path.read_bytes()
    assert reader.open(str(path)).phase == "locked"
    assert len(asked) == 2


def test_what_can_not_be_opened_hides_no_other_ticket_is_named_and_asked_for_once(tmp_path: Path) -> None:
    writer, said, asked = FileTickets(tmp_path, CountingEntropy()), list[str](), list[str]()
    writer.protect(ticket("p").drop_bytes, "correct horse")
    shut, plain = writer.write(ticket("p")), writer.write(ticket("d"))
    newer = Path(plain).with_name("newer.json")
    newer.write_text(Path(plain).read_text().replace('"v":1', '"v":2'))

    def nobody(question: str) -> str:
        asked.append(question)
        raise Usage("can't ask here")

    reader = FileTickets(tmp_path, CountingEntropy(), nobody, said.append)
    assert reader.all() == reader.all() == [ticket("d")]
    assert said == [
        f"left out: {newer} is no ticket, or it is damaged",
        f"left out: the ticket {shut}: can't ask here",
    ]
    assert len(asked) == 1
    assert reader.open(plain) == ticket("d")


@pytest.mark.parametrize("other", [{"n": 2**30}, {"n": 32_768.0}, {"r": "8"}, {"p": 1}, {"p": True}], ids=str)
def test_a_protected_ticket_can_not_ask_for_other_scrypt_parameters(tmp_path: Path, other: dict[str, Any]) -> None:
    tickets = FileTickets(tmp_path, CountingEntropy())
    tickets.protect(ticket().drop_bytes, "x")
    path = Path(tickets.write(ticket()))
    greedy = json.loads(path.read_bytes())
    greedy["protected"] |= other
    path.write_text(json.dumps(greedy))
    assert tickets.all() == []


def test_a_full_or_forbidden_disk_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "tickets").write_text("a file where the folder should be")
    with pytest.raises(LocalDisk, match="can't write"):
        FileTickets(tmp_path, CountingEntropy()).write(ticket())


_KILLED = """
import os, signal, sys
from pathlib import Path
from ddb_client.adapters import private_files
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
private_files.write_private(Path(sys.argv[1]), b"new")
"""


def test_killed_between_temp_and_rename_the_old_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "ticket.json"
    write_private(path, b"old")
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    write_private(path, b"newer")
    assert path.read_bytes() == b"newer"


def test_an_interrupted_write_leaves_nothing_of_a_ticket_once_it_is_removed(tmp_path: Path) -> None:
    tickets = FileTickets(tmp_path, CountingEntropy())
    path = Path(tickets.write(ticket()))
    subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert len(list(path.parent.iterdir())) == 2
    tickets.remove(ticket().drop_bytes)
    assert list(path.parent.iterdir()) == []


_ADDS = """
import sys
from pathlib import Path
from ddb_client.adapters.stores import FileBook
from ddb_client.ports import Address, Paired
from ddb_contract.text import b32
sys.stdin.read()
for number in range(25):
    custodian = b32(bytes([int(sys.argv[2]), number]) * 16)
    FileBook(Path(sys.argv[1])).add(Paired(custodian, "x", Address("h", 1), bytes(32), True, True))
"""


def test_processes_that_pair_at_once_lose_nothing(tmp_path: Path) -> None:
    adding = [
        subprocess.Popen([sys.executable, "-c", _ADDS, str(tmp_path), str(number)], stdin=subprocess.PIPE)
        for number in range(3)
    ]
    for process in adding:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait() for process in adding] == [0, 0, 0]
    assert len(FileBook(tmp_path).all()) == 75
