"""One suite for every shelf; then what only the file can show."""

import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from ddb_contract.chain import GENESIS, link
from ddb_contract.problems import Conflict, Failing, NoRoom
from ddb_contract.shares import ShareHeader
from ddb_contract.text import unb64
from ddb_custodian.adapters.shelf import MIGRATIONS, SqliteShelf
from ddb_custodian.core.clock import ClockReading, CustodyTime
from ddb_custodian.core.states import State
from ddb_custodian.ports import Deposit, PairingState, Shelf
from fakes_custodian import ME, MemoryShelf

HEADER = ShareHeader(2, 3, 1, b"d" * 16, 66_240)
DEPOSIT = Deposit(HEADER, State.RECEIVING, False, ME.id, "after 1h", b"c" * 32, b"e" * 32, b"x" * 32, 1.5)
FULL = replace(
    DEPOSIT,
    state=State.LOCKED,
    damaged=True,
    root=b"r" * 32,
    locked_at=0.1 + 0.2,
    stored_receipt=b"{}",
    locked_receipt=b'{"a":1}',
    released=True,
    approve_hashes=(b"1" * 32, b"2" * 32),
    approved=frozenset({2, 16}),
)
ENTRY = link((0, GENESIS), 0.1 + 0.2, "paired", "Zoë")


@pytest.fixture(params=["memory", "sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Shelf]]:
    """Gives the shelf, closed and opened again."""
    memory, opened = MemoryShelf(), []

    def reopen() -> Shelf:
        for shelf in opened:
            shelf.close()
        shelf = memory if request.param == "memory" else SqliteShelf(tmp_path / "deep" / "shelf.db")
        opened[:] = [shelf]
        return shelf

    yield reopen
    for shelf in opened:
        shelf.close()


def test_a_new_shelf_is_empty(reopen: Callable[[], Shelf]) -> None:
    shelf = reopen()
    assert (shelf.deposit(HEADER.drop), shelf.deposits(), shelf.laptops(), shelf.log()) == (None, [], [], [])
    assert (shelf.custody(), shelf.pairing(), shelf.log_end()) == (None, PairingState(None, 0, 0), (0, GENESIS))
    assert shelf.ticket(b"l" * 16) is None
    shelf.remove_ticket(HEADER.drop)
    shelf.remove_laptop(ME.id)


def test_all_is_found_again_exactly(reopen: Callable[[], Shelf]) -> None:
    shelf, custody = reopen(), CustodyTime(0.1 + 0.2, ClockReading("boot", 1e9 + 0.1))
    with shelf.transaction():
        shelf.put_deposit(DEPOSIT)
        shelf.put_deposit(FULL)
        shelf.put_deposit(replace(DEPOSIT, header=replace(HEADER, drop=b"2" * 16, index=255)))
        shelf.put_ticket(HEADER.drop, b"l" * 16, b"sealed")
        shelf.put_laptop(ME)
        shelf.put_pairing(PairingState("3142", 1, 2))
        shelf.put_custody(custody)
        shelf.append_log(ENTRY)
    shelf = reopen()
    assert shelf.deposit(HEADER.drop) == FULL
    assert [deposit.header.index for deposit in shelf.deposits()] == [1, 255]
    assert shelf.deposits((State.LOCKED, State.COLLECTED)) == [FULL]
    assert shelf.deposits(()) == []
    assert (shelf.ticket(b"l" * 16), shelf.laptops()) == (b"sealed", [ME])
    assert (shelf.pairing(), shelf.custody(), shelf.log()) == (PairingState("3142", 1, 2), custody, [ENTRY])
    assert shelf.log_end() == (1, unb64(ENTRY.head))


def interrupted(shelf: Shelf) -> None:
    with shelf.transaction():
        shelf.put_deposit(FULL)
        shelf.put_ticket(HEADER.drop, b"l" * 16, b"sealed")
        shelf.append_log(ENTRY)
        shelf.put_laptop(ME)
        shelf.put_custody(CustodyTime(1.0, ClockReading("boot", 1.0)))
        _ = 1 / 0


def test_a_transaction_is_all_or_nothing(reopen: Callable[[], Shelf]) -> None:
    shelf = reopen()
    shelf.put_deposit(DEPOSIT)
    with pytest.raises(ZeroDivisionError):
        interrupted(shelf)
    shelf = reopen()
    assert (shelf.deposits(), shelf.log(), shelf.laptops(), shelf.custody()) == ([DEPOSIT], [], [], None)
    assert shelf.ticket(b"l" * 16) is None


def test_a_ticket_is_replaced_by_its_own_drop_only(reopen: Callable[[], Shelf]) -> None:
    shelf, other = reopen(), replace(DEPOSIT, header=replace(HEADER, drop=b"2" * 16))
    shelf.put_deposit(DEPOSIT)
    shelf.put_deposit(other)
    shelf.put_ticket(HEADER.drop, b"l" * 16, b"first")
    shelf.put_ticket(HEADER.drop, b"l" * 16, b"second")
    with pytest.raises(Conflict):
        shelf.put_ticket(other.header.drop, b"l" * 16, b"mine")
    assert shelf.ticket(b"l" * 16) == b"second"
    shelf.put_ticket(HEADER.drop, b"m" * 16, b"renamed")
    assert (shelf.ticket(b"l" * 16), shelf.ticket(b"m" * 16)) == (None, b"renamed")
    shelf.remove_ticket(HEADER.drop)
    assert shelf.ticket(b"m" * 16) is None


def test_transactions_of_many_threads_follow_each_other(reopen: Callable[[], Shelf]) -> None:
    shelf = reopen()

    def count() -> None:
        for _ in range(20):
            with shelf.transaction():
                shelf.append_log(link(shelf.log_end(), 0.0, "counted", ""))

    threads = [Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.seq for entry in shelf.log()] == list(range(1, 101))


def test_the_file_is_private_durable_and_versioned(tmp_path: Path) -> None:
    path = tmp_path / "state" / "shelf.db"
    shelf = SqliteShelf(path)
    shelf.put_laptop(ME)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    pragmas = [shelf._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]
    assert shelf._db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert shelf._db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    shelf.close()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shelf.db"
    SqliteShelf(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(Failing, match="newer"):
        SqliteShelf(path)


def test_a_file_that_is_no_database_is_a_failure_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "shelf.db"
    path.write_bytes(b"not a database at all, " * 100)
    with pytest.raises(Failing):
        SqliteShelf(path)
    assert path.read_bytes() == b"not a database at all, " * 100


def filled(shelf: Shelf) -> None:
    with shelf.transaction():
        shelf.put_deposit(FULL)
        shelf.put_ticket(HEADER.drop, b"l" * 16, bytes(60_000))


def test_a_full_database_is_no_room_keeps_what_it_had_and_works_again(tmp_path: Path) -> None:
    shelf = SqliteShelf(tmp_path / "shelf.db")
    shelf.put_deposit(DEPOSIT)
    (pages,) = shelf._db.execute("PRAGMA page_count").fetchone()
    shelf._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(NoRoom):
        filled(shelf)
    assert shelf.deposits() == [DEPOSIT]
    shelf._db.execute("PRAGMA max_page_count = 100000")
    filled(shelf)
    assert (shelf.deposits(), shelf.ticket(b"l" * 16)) == ([FULL], bytes(60_000))
    shelf.close()


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    shelf = SqliteShelf(tmp_path / "shelf.db")
    shelf.put_deposit(DEPOSIT)
    copy = tmp_path / "after the kill"
    copy.mkdir()
    for file in tmp_path.glob("shelf.db*"):
        (copy / file.name).write_bytes(file.read_bytes())
    again = SqliteShelf(copy / "shelf.db")
    assert again.deposits() == [DEPOSIT]
    again.close()
    shelf.close()
