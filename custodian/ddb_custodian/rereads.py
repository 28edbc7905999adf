"""Reading a finished upload back from the disk, in the background, before anything is promised about it."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event as Flag

from ddb_contract.messages import Storing
from ddb_contract.problems import Conflict, Failing, Refusal, TooMany
from ddb_contract.shares import ShareHeader
from ddb_custodian.core.states import Event
from ddb_custodian.core.uploads import complete, rooted, same
from ddb_custodian.vault import Vault, step

AT_ONCE = 2
"""Shares read back at the same time; the others wait."""

_log = logging.getLogger(__name__)


@dataclass
class _Reread:
    root: bytes
    checked: int = 0
    refusal: Refusal | None = None


class Rereads:
    """One re-read for each drop at most. Its failure is told to the next who asks, and forgotten."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._pool = ThreadPoolExecutor(AT_ONCE, "reread")
        self._running: dict[bytes, _Reread] = {}
        self._stopping = Flag()

    def ask(self, header: ShareHeader, root: bytes) -> Storing:
        """While holding the drop: how far it is; starts it if need be. Raises what kept it from being stored."""
        reread = self._running.get(header.drop) or self._start(header, root)
        if reread.refusal is not None:
            del self._running[header.drop]
            raise reread.refusal
        if reread.root != root:
            raise Conflict("another root is being stored")
        return Storing(checked=reread.checked, stripes=header.stripes)

    def close(self) -> None:
        """Stops after the stripes that are being read, and waits for that."""
        self._stopping.set()
        self._pool.shutdown(cancel_futures=True)

    def _start(self, header: ShareHeader, root: bytes) -> _Reread:
        rooted(header, self._written(header), root)
        reread = self._running[header.drop] = _Reread(root)
        try:
            self._pool.submit(self._run, header, reread)
        except RuntimeError:
            del self._running[header.drop]
            raise TooMany("the custodian is stopping") from None
        return reread

    def _written(self, header: ShareHeader) -> list[bytes]:
        return complete([self._vault.blobs.leaf(header, stripe) for stripe in range(header.stripes)])

    def _run(self, header: ShareHeader, reread: _Reread) -> None:
        try:
            leaves = list(self._read(header, reread))
            with self._vault.alone(header.drop):
                self._keep(header, leaves, reread.root)
                del self._running[header.drop]
        except Refusal as refusal:
            reread.refusal = refusal
        except Exception:
            _log.exception("a share could not be read back")
            reread.refusal = Failing()

    def _read(self, header: ShareHeader, reread: _Reread) -> Iterator[bytes]:
        with self._vault.storage():
            for leaf in self._vault.blobs.seal(header):
                if self._stopping.is_set():
                    raise TooMany("the custodian is stopping")
                reread.checked += 1
                yield leaf

    def _keep(self, header: ShareHeader, leaves: list[bytes], root: bytes) -> None:
        vault = self._vault
        deposit = vault.shelf.deposit(header.drop)
        assert deposit is not None
        state = step(deposit, Event.STORE)
        same(self._written(header), leaves)
        with vault.storage():
            vault.blobs.finish(header, leaves)
        with vault.shelf.transaction():
            at = vault.custody.stamp()
            stored = replace(deposit, state=state, root=root, touched_at=at)
            entry = vault.record(at, "stored", stored)
            vault.shelf.put_deposit(replace(stored, stored_receipt=vault.receipt("stored", stored, at, entry)))
