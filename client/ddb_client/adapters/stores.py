"""What the laptop keeps under its state folder: the fleet, tickets, owner keys. Strict JSON, for the owner only."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ddb_client.adapters.private_files import exclusive, read_private, remove_private, write_private
from ddb_client.core.protected import NONCE_SIZE, SALT_SIZE, ProtectedTicket, open_under, seal_under
from ddb_client.core.ticket import OwnerKey, Ticket
from ddb_client.errors import BadTarget, BadTicket, Failure
from ddb_client.ports import Address, Entropy, Paired
from ddb_contract.messages import B64x32, CustodianId, Message, Name
from ddb_contract.text import b32, b64, unb32, unb64


class BookEntry(Message):
    """One custodian in `fleet.json`."""

    id: CustodianId
    name: Name
    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65_535)]
    token: B64x32
    practice: bool
    administered: bool


class BookFile(Message):
    """`fleet.json`."""

    custodians: list[BookEntry]


class FileBook:
    """Port `Book`: one file; a damaged one is refused and never overwritten."""

    def __init__(self, home: Path) -> None:
        self._path = home / "fleet.json"

    def all(self) -> list[Paired]:
        return [_paired(entry) for entry in self._read().custodians]

    def add(self, paired: Paired) -> None:
        entry = BookEntry(
            id=paired.id,
            name=paired.name,
            token=b64(paired.token),
            practice=paired.practice,
            administered=paired.administered,
            **asdict(paired.address),
        )
        self._change(lambda old: [*(e for e in old if e.id != entry.id), entry])

    def remove(self, custodian: str) -> None:
        self._change(lambda old: [entry for entry in old if entry.id != custodian])

    def _change(self, change: Callable[[list[BookEntry]], list[BookEntry]]) -> None:
        with exclusive(self._path.with_suffix(".lock")):
            changed = BookFile(custodians=change(self._read().custodians))
            write_private(self._path, changed.model_dump_json(indent=2).encode())

    def _read(self) -> BookFile:
        data = read_private(self._path)
        if data is None:
            return BookFile(custodians=[])
        try:
            return BookFile.model_validate_json(data)
        except ValueError as error:
            hint = "it was left as it is; move it aside and pair your custodians again"
            raise Failure(f"the list of custodians in {self._path} is damaged", hint) from error


def _paired(entry: BookEntry) -> Paired:
    address = Address(entry.host, entry.port)
    return Paired(entry.id, entry.name, address, unb64(entry.token), entry.practice, entry.administered)


class FileTickets:
    """Port `Tickets`: one file a drop, plain or under a passphrase.

    `ask` is given a question and returns a passphrase; without it a protected ticket raises BadTicket. A drop's ticket
    stays protected when it is written again. `say` hears of every file that `all` leaves out.
    """

    def __init__(
        self,
        home: Path,
        entropy: Entropy,
        ask: Callable[[str], str] | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._folder, self._entropy, self._ask, self._say = home / "tickets", entropy, ask, say
        self._passphrases: dict[bytes, str] = {}
        self._left_out: set[Path] = set()

    def all(self) -> list[Ticket]:
        paths = sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []
        tickets = [ticket for path in paths if (ticket := self._or_leave_out(path)) is not None]
        return sorted(tickets, key=lambda ticket: ticket.created, reverse=True)

    def _or_leave_out(self, path: Path) -> Ticket | None:
        if path in self._left_out:
            return None
        try:
            return self.open(str(path))
        except BadTarget:
            return None
        except Failure as failure:
            self._left_out.add(path)
            about = "" if str(path) in failure.message else f"the ticket {path}: "
            self._say(f"left out: {about}{failure.message}")
            return None

    def open(self, path: str) -> Ticket:
        if not Path(path).is_file():
            raise BadTarget(f"there is no ticket at {path}", "`ddb status` lists the drops of this laptop")
        ticket = self._load(Path(path))
        if ticket is None:
            raise BadTicket(f"{path} is no ticket, or it is damaged", "a newer ddb may know it")
        return ticket

    def write(self, ticket: Ticket) -> str:
        path, plain = self._path(ticket.drop_bytes), ticket.model_dump_json().encode()
        passphrase = self._passphrases.get(ticket.drop_bytes)
        if passphrase is not None:
            salt, nonce = self._entropy(SALT_SIZE), self._entropy(NONCE_SIZE)
            plain = seal_under(passphrase, plain, salt, nonce).model_dump_json().encode()
        write_private(path, plain)
        return str(path)

    def protect(self, drop: bytes, passphrase: str) -> None:
        self._passphrases[drop] = passphrase

    def remove(self, drop: bytes) -> None:
        remove_private(self._path(drop))

    def _path(self, drop: bytes) -> Path:
        return self._folder / f"{b32(drop)}.json"

    def _load(self, path: Path) -> Ticket | None:
        data = read_private(path) or b""
        try:
            return Ticket.model_validate_json(data)
        except ValueError:
            pass
        try:
            protected = ProtectedTicket.model_validate_json(data)
        except ValueError:
            return None
        return self._unlock(path, protected)

    def _unlock(self, path: Path, protected: ProtectedTicket) -> Ticket:
        for known in dict.fromkeys(self._passphrases.values()):
            try:
                return self._opened(known, protected)
            except BadTicket:
                continue
        if self._ask is None:
            raise BadTicket(f"the ticket {path} is under a passphrase")
        return self._opened(self._ask(f"passphrase of the ticket {path.stem}"), protected)

    def _opened(self, passphrase: str, protected: ProtectedTicket) -> Ticket:
        try:
            ticket = Ticket.model_validate_json(open_under(passphrase, protected))
        except ValueError as error:
            raise BadTicket("what the passphrase opens is no ticket") from error
        self._passphrases[ticket.drop_bytes] = passphrase
        return ticket


class FileOwnerKeys:
    """Port `OwnerKeys`: one file a drop, in a folder of their own."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "owner-keys"

    def read(self, drop: bytes) -> OwnerKey | None:
        data = read_private(self._path(drop))
        if data is None:
            return None
        try:
            return OwnerKey.model_validate_json(data)
        except ValueError as error:
            raise BadTicket(f"the owner key {self._path(drop)} is damaged") from error

    def write(self, key: OwnerKey) -> str:
        path = self._path(unb32(key.drop))
        write_private(path, key.model_dump_json().encode())
        return str(path)

    def remove(self, drop: bytes) -> None:
        remove_private(self._path(drop))

    def _path(self, drop: bytes) -> Path:
        return self._folder / f"{b32(drop)}.json"
