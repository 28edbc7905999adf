"""The custodian's heart: everything that can be asked of it, behind one façade."""

from ddb_contract.lights import Light
from ddb_contract.messages import DropStatus, Laptops, Log, Reserve, Reserved, SignedReceipt, Storing, TicketCopy
from ddb_contract.rights import Verb
from ddb_custodian.collection import Content
from ddb_custodian.ports import Blobs, Clock, PairedLaptop, Shelf, Signer
from ddb_custodian.statements import Terms

__all__ = ["Content", "Keeper", "Terms"]


class Keeper:
    """Keeps shares. Thread-safe. Every method raises Refusal subclasses only."""

    def __init__(self, shelf: Shelf, blobs: Blobs, clock: Clock, signer: Signer, terms: Terms) -> None:
        raise NotImplementedError

    def custody_now(self) -> float:
        raise NotImplementedError

    def laptop(self, token: bytes) -> PairedLaptop:
        raise NotImplementedError

    def laptops(self, me: PairedLaptop) -> Laptops:
        raise NotImplementedError

    def revoke(self, me: PairedLaptop, laptop: bytes) -> None:
        raise NotImplementedError

    def log(self, me: PairedLaptop) -> Log:
        raise NotImplementedError

    def reserve(self, me: PairedLaptop, request: Reserve) -> Reserved:
        raise NotImplementedError

    def put_piece(self, me: PairedLaptop, drop: bytes, stripe: int, piece: bytes) -> None:
        raise NotImplementedError

    def store(self, me: PairedLaptop, drop: bytes, root: bytes) -> SignedReceipt | Storing:
        raise NotImplementedError

    def leave_ticket(self, me: PairedLaptop, drop: bytes, copy: TicketCopy) -> None:
        raise NotImplementedError

    def commit(self, me: PairedLaptop, drop: bytes, root: bytes) -> SignedReceipt:
        raise NotImplementedError

    def ticket(self, lookup: bytes) -> bytes:
        raise NotImplementedError

    def status(self, drop: bytes, verb: Verb, secret: bytes) -> DropStatus:
        raise NotImplementedError

    def leaves(self, drop: bytes, verb: Verb, secret: bytes) -> list[bytes]:
        raise NotImplementedError

    def content(self, drop: bytes, verb: Verb, secret: bytes) -> Content:
        raise NotImplementedError

    def collected(self, drop: bytes, verb: Verb, secret: bytes) -> None:
        raise NotImplementedError

    def destroy(self, drop: bytes, verb: Verb, secret: bytes) -> None:
        raise NotImplementedError

    def tick(self) -> None:
        raise NotImplementedError

    def lights(self) -> set[Light]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
