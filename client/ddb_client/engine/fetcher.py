"""A fetcher: one source of pieces, and the one thread that reads and checks it."""

from concurrent.futures import Future, ThreadPoolExecutor

from ddb_client.errors import SourceAway, SourceLost
from ddb_client.ports import PieceSource
from ddb_contract.shares import leaf, stripe_length


class Fetcher:
    """`wrong`: the stripes of which a source gave a wrong piece. `used`: a piece of it served.

    `lost`: it is given up. `away`: it didn't answer when it was asked last, and is left in peace by `ask`.
    """

    def __init__(self, source: PieceSource, size: int) -> None:
        self.name, self.index, self.doubtful = source.name, source.index, source.leaves is None
        self.wrong, self.lost, self.away, self.used = set[int](), False, False, False
        self._source, self._size = source, size
        self._pool = ThreadPoolExecutor(1, "ddb-source")

    def ask(self, stripe: int) -> Future[bytes | None]:
        """That piece, once it is checked against its leaf if there is one; None if it is wrong or can't be had."""
        return self._pool.submit(self._piece, stripe, False)

    def ask_again(self, stripe: int) -> Future[bytes | None]:
        """The same, and a source that was away is asked whether it is back."""
        return self._pool.submit(self._piece, stripe, True)

    def close(self) -> None:
        """Waits for a piece that is being read, forgets the rest."""
        self._pool.shutdown(cancel_futures=True)

    def _piece(self, stripe: int, though_away: bool) -> bytes | None:
        if self.lost or (self.away and not though_away):
            return None
        try:
            piece = self._source.piece(stripe)
        except SourceLost:
            self.lost = True
            return None
        except SourceAway:
            self.away = True
            return None
        self.away = False
        if self._right(stripe, piece):
            return piece
        self.wrong.add(stripe)
        return None

    def _right(self, stripe: int, piece: bytes) -> bool:
        leaves = self._source.leaves
        if len(piece) != stripe_length(self._size, stripe):
            return False
        return leaves is None or (stripe < len(leaves) and leaves[stripe] == leaf(stripe, piece))
