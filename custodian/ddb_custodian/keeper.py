"""The custodian's heart: everything that can be asked of it, behind one façade."""

from collections.abc import Callable

from ddb_contract.lights import Light
from ddb_contract.messages import (
    Claimed,
    DropStatus,
    Extend,
    Laptop,
    Laptops,
    Log,
    Reserve,
    Reserved,
    SignedReceipt,
    Storing,
    TicketCopy,
)
from ddb_contract.problems import NotPaired, Unknown
from ddb_contract.rights import Verb, proves
from ddb_contract.text import b64
from ddb_custodian.approvals import Approvals
from ddb_custodian.asking import NOBODY, Asker, Asking
from ddb_custodian.claims import Claims
from ddb_custodian.collection import Collection, Content
from ddb_custodian.core.lights import lit
from ddb_custodian.core.states import COMMITTED
from ddb_custodian.custody import Custody
from ddb_custodian.deposits import Deposits, bytes_held
from ddb_custodian.extending import Extending
from ddb_custodian.journal import record
from ddb_custodian.judging import facts
from ddb_custodian.ports import Blobs, Clock, Links, PairedLaptop, Shelf, Signer
from ddb_custodian.rereads import Rereads
from ddb_custodian.statements import Terms
from ddb_custodian.upkeep import Upkeep
from ddb_custodian.vault import Vault

__all__ = ["Asker", "Content", "Keeper", "Terms"]


class Keeper:
    """Keeps shares. Thread-safe. What it can't do it says with a Refusal; `deposits` and `collection` tell which.

    A new one over an empty shelf takes up again the shares whose sidecars it signed, each lock's time from 0.
    """

    def __init__(
        self,
        shelf: Shelf,
        blobs: Blobs,
        clock: Clock,
        signer: Signer,
        terms: Terms,
        links: Links,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._shelf = shelf
        self._vault = Vault(shelf, blobs, Custody(shelf, clock), signer, terms)
        self._rereads = Rereads(self._vault)
        self._deposits = Deposits(self._vault, self._rereads)
        self._asking = Asking(self._vault, links, Claims(entropy))
        self._collection = Collection(self._vault, self._asking)
        self._approvals = Approvals(self._vault)
        self._extending = Extending(self._vault)
        self._upkeep = Upkeep(self._vault)
        self._upkeep.start()

    def custody_now(self) -> float:
        """Custody seconds since this custodian's first start."""
        return self._vault.custody.now()

    def laptop(self, token: bytes) -> PairedLaptop:
        """Whose token that is. Looks at every laptop, in constant time. Raises NotPaired."""
        found = [laptop for laptop in self._shelf.laptops() if proves(Verb.LAPTOP, token, laptop.token_hash)]
        if not found:
            raise self._vault.refuse(NotPaired())
        return found[0]

    def laptops(self, me: PairedLaptop) -> Laptops:
        return Laptops(laptops=[self._described(laptop, me) for laptop in self._shelf.laptops()])

    def _described(self, laptop: PairedLaptop, me: PairedLaptop) -> Laptop:
        return Laptop(
            laptop=b64(laptop.id),
            name=laptop.name,
            paired_at=laptop.paired_at,
            bytes_held=bytes_held(self._vault, laptop.id),
            quota=laptop.quota,
            you=laptop.id == me.id,
        )

    def revoke(self, me: PairedLaptop, laptop: bytes) -> None:
        """That laptop may deposit no more; what it deposited stays. Raises Unknown."""
        with self._shelf.transaction():
            known = {paired.id: paired for paired in self._shelf.laptops()}
            if laptop not in known:
                raise Unknown
            self._shelf.remove_laptop(laptop)
            subject = f"{b64(laptop)} {known[laptop].name}, by {b64(me.id)} {me.name}"
            record(self._shelf, self._vault.custody.stamp(), "revoked", subject)

    def log(self, me: PairedLaptop) -> Log:
        """Oldest first; whoever asks is `me`, any paired laptop."""
        return Log(entries=self._shelf.log())

    def reserve(self, me: PairedLaptop, request: Reserve) -> Reserved:
        return self._deposits.reserve(me, request)

    def put_piece(self, me: PairedLaptop, drop: bytes, stripe: int, piece: bytes) -> None:
        self._deposits.put_piece(me, drop, stripe, piece)

    def store(self, me: PairedLaptop, drop: bytes, root: bytes) -> SignedReceipt | Storing:
        return self._deposits.store(me, drop, root)

    def leave_ticket(self, me: PairedLaptop, drop: bytes, copy: TicketCopy) -> None:
        self._deposits.leave_ticket(me, drop, copy)

    def commit(self, me: PairedLaptop, drop: bytes, root: bytes) -> SignedReceipt:
        return self._deposits.commit(me, drop, root)

    def ticket(self, lookup: bytes) -> bytes:
        """The sealed ticket under that name, which is as secret as the claim. Raises Unknown."""
        sealed = self._shelf.ticket(lookup)
        if sealed is None:
            raise self._vault.refuse(Unknown())
        return sealed

    def status(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker = NOBODY) -> DropStatus:
        return self._collection.status(drop, verb, secret, asker)

    def claim(self, drop: bytes, verb: Verb, secret: bytes, address: str) -> Claimed:
        return self._asking.claim(drop, verb, secret, address)

    def leaves(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker = NOBODY) -> list[bytes]:
        return self._collection.leaves(drop, verb, secret, asker)

    def content(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker = NOBODY) -> Content:
        return self._collection.content(drop, verb, secret, asker)

    def collected(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker = NOBODY) -> None:
        self._collection.collected(drop, verb, secret, asker)

    def extend(self, drop: bytes, verb: Verb, secret: bytes, request: Extend) -> SignedReceipt:
        return self._extending.extend(drop, verb, secret, request.extra)

    def approve(self, seed: bytes, address: str) -> bool:
        return self._approvals.approve(seed, address)

    def destroy(self, drop: bytes, verb: Verb, secret: bytes) -> None:
        self._collection.destroy(drop, verb, secret)

    def press(self) -> None:
        """The button was pressed, for less than three seconds. From any thread; raises nothing that storage may."""
        self._asking.press()

    def tick(self) -> None:
        """To be called every second, from one thread. Raises nothing that storage may raise."""
        self._upkeep.tick()

    def lights(self) -> set[Light]:
        """Those of FAULT, BUTTON, COLLECTABLE and HOLDING that hold now."""
        now = self._vault.custody.now()
        lights = {Light.FAULT} if self._vault.failing else set()
        lights |= {Light.BUTTON} if self._asking.waiting() else set()
        for share in self._shelf.deposits(tuple(COMMITTED)):
            lights |= lit(share.state, share.damaged, share.condition, facts(share, now))
        return lights

    def close(self) -> None:
        """Stops re-reads between two stripes, saves the custody clock, closes the shelf."""
        self._rereads.close()
        try:
            self._vault.custody.save()
        finally:
            self._shelf.close()
