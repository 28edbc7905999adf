"""The shelf: one SQLite file."""

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from pydantic import TypeAdapter

from ddb_contract.chain import GENESIS
from ddb_contract.messages import LogEntry
from ddb_contract.problems import Conflict, Failing, NoRoom
from ddb_contract.shares import ShareHeader
from ddb_contract.text import unb64
from ddb_custodian.adapters.files import private_folder
from ddb_custodian.core.clock import CustodyTime
from ddb_custodian.core.states import State
from ddb_custodian.ports import Deposit, PairedLaptop, PairingState

MIGRATIONS = [
    """
    CREATE TABLE deposits (
        drop_id BLOB PRIMARY KEY, header BLOB NOT NULL, state TEXT NOT NULL, damaged INTEGER NOT NULL,
        laptop BLOB NOT NULL, condition TEXT NOT NULL,
        claim_hash BLOB NOT NULL, extend_hash BLOB NOT NULL, destroy_hash BLOB NOT NULL, touched_at REAL NOT NULL,
        root BLOB, locked_at REAL, stored_receipt BLOB, locked_receipt BLOB, released INTEGER NOT NULL,
        approve_hashes BLOB NOT NULL, approved BLOB NOT NULL
    ) STRICT;
    CREATE INDEX deposits_by_state ON deposits (state);
    CREATE TABLE tickets (
        drop_id BLOB PRIMARY KEY REFERENCES deposits, lookup BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE laptops (
        id BLOB PRIMARY KEY, name TEXT NOT NULL, token_hash BLOB NOT NULL, paired_at REAL NOT NULL,
        quota INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE log (
        seq INTEGER PRIMARY KEY, at REAL NOT NULL, event TEXT NOT NULL, subject TEXT NOT NULL, head TEXT NOT NULL
    ) STRICT;
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    """,
]
"""Each brings the file from the `user_version` that is its place in the list to the next."""

_PAIRING, _CUSTODY = TypeAdapter(PairingState), TypeAdapter(CustodyTime)
_DIGEST = 32
_DEPOSIT = (
    "header, state, damaged, laptop, condition, claim_hash, extend_hash, destroy_hash, touched_at, root, locked_at,"
    " stored_receipt, locked_receipt, released, approve_hashes, approved"
)


class SqliteShelf:
    """A `Shelf` in one SQLite file (WAL, every commit fsynced), 0600 in a 0700 folder."""

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        with _refusals():
            private_folder(path.parent)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise Failing("the shelf was written by a newer version of this software")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            self._db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock, _refusals():
            assert not self._db.in_transaction, "transactions are not nested"
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def deposit(self, drop: bytes) -> Deposit | None:
        rows = self._rows(f"SELECT {_DEPOSIT} FROM deposits WHERE drop_id = ?", drop)  # noqa: S608
        return _deposit(rows[0]) if rows else None

    def deposits(self, states: Collection[State] = tuple(State)) -> list[Deposit]:
        places = ", ".join("?" * len(states))
        query = f"SELECT {_DEPOSIT} FROM deposits WHERE state IN ({places}) ORDER BY rowid"  # noqa: S608
        return [_deposit(row) for row in self._rows(query, *(state.value for state in states))]

    def put_deposit(self, deposit: Deposit) -> None:
        columns = ("drop_id", *_DEPOSIT.split(", "))
        updates = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
        self._rows(
            f"INSERT INTO deposits ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
            f" ON CONFLICT (drop_id) DO UPDATE SET {updates}",
            deposit.header.drop,
            deposit.header.pack(),
            deposit.state.value,
            *(getattr(deposit, column) for column in columns[3:-2]),
            b"".join(deposit.approve_hashes),
            bytes(sorted(deposit.approved)),
        )

    def put_ticket(self, drop: bytes, lookup: bytes, sealed: bytes) -> None:
        with self._lock:
            if self._rows("SELECT 1 FROM tickets WHERE lookup = ? AND drop_id != ?", lookup, drop):
                raise Conflict("another ticket has that name")
            self._rows("INSERT OR REPLACE INTO tickets VALUES (?, ?, ?)", drop, lookup, sealed)

    def ticket(self, lookup: bytes) -> bytes | None:
        rows = self._rows("SELECT sealed FROM tickets WHERE lookup = ?", lookup)
        return rows[0][0] if rows else None

    def remove_ticket(self, drop: bytes) -> None:
        self._rows("DELETE FROM tickets WHERE drop_id = ?", drop)

    def laptops(self) -> list[PairedLaptop]:
        query = "SELECT id, name, token_hash, paired_at, quota FROM laptops ORDER BY rowid"
        return [PairedLaptop(*row) for row in self._rows(query)]

    def put_laptop(self, laptop: PairedLaptop) -> None:
        row = laptop.id, laptop.name, laptop.token_hash, laptop.paired_at, laptop.quota
        self._rows("INSERT OR REPLACE INTO laptops VALUES (?, ?, ?, ?, ?)", *row)

    def remove_laptop(self, laptop: bytes) -> None:
        self._rows("DELETE FROM laptops WHERE id = ?", laptop)

    def pairing(self) -> PairingState:
        text = self._fact("pairing")
        return _PAIRING.validate_json(text) if text else PairingState(None, 0, 0)

    def put_pairing(self, pairing: PairingState) -> None:
        self._put_fact("pairing", _PAIRING.dump_json(pairing).decode())

    def custody(self) -> CustodyTime | None:
        text = self._fact("custody")
        return _CUSTODY.validate_json(text) if text else None

    def put_custody(self, custody: CustodyTime) -> None:
        self._put_fact("custody", _CUSTODY.dump_json(custody).decode())

    def log(self) -> list[LogEntry]:
        rows = self._rows("SELECT seq, at, event, subject, head FROM log ORDER BY seq")
        return [
            LogEntry(seq=seq, at=at, event=event, subject=subject, head=head) for seq, at, event, subject, head in rows
        ]

    def log_end(self) -> tuple[int, bytes]:
        rows = self._rows("SELECT seq, head FROM log ORDER BY seq DESC LIMIT 1")
        return (rows[0][0], unb64(rows[0][1])) if rows else (0, GENESIS)

    def append_log(self, entry: LogEntry) -> None:
        row = entry.seq, entry.at, entry.event, entry.subject, entry.head
        self._rows("INSERT INTO log VALUES (?, ?, ?, ?, ?)", *row)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _fact(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return rows[0][0] if rows else None

    def _put_fact(self, name: str, value: str) -> None:
        self._rows("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock, _refusals():
            return self._db.execute(query, values).fetchall()


def _deposit(row: tuple[Any, ...]) -> Deposit:
    kept: dict[str, Any] = dict(zip(_DEPOSIT.split(", "), row, strict=True))
    kept["header"], kept["state"] = ShareHeader.unpack(kept["header"]), State(kept["state"])
    kept["damaged"], kept["released"] = bool(kept["damaged"]), bool(kept["released"])
    joined = kept["approve_hashes"]
    kept["approve_hashes"] = tuple(joined[at : at + _DIGEST] for at in range(0, len(joined), _DIGEST))
    kept["approved"] = frozenset(kept["approved"])
    return Deposit(**kept)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        raise (NoRoom if full else Failing)() from error
    except OSError as error:
        raise Failing from error
