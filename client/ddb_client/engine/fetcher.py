"""A fetcher: one source of pieces, and the one thread that reads and checks it."""

from concurrent.futures import Future, ThreadPoolExecutor

from ddb_client.errors import SourceLost
from ddb_client.ports import PieceSource
from ddb_contract.shares import leaf, stripe_length


class Fetcher:
    """`bad` counts the wrong pieces of a source, `lost` says that it is given up, `used` that a piece of it served."""

    def __init__(self, source: PieceSource, size: int) -> None:
        self.name, self.index, self.doubtful = source.name, source.index, source.leaves is None
        self.bad, self.lost, self.used = 0, False, False
        self._source, self._size = source, size
        self._pool = ThreadPoolExecutor(1, "ddb-source")

    def ask(self, stripe: int) -> Future[bytes | None]:
        """That piece, once it is checked against its leaf if there is one; None if it is wrong or lost."""
        return self._pool.submit(self._piece, stripe)

    def close(self) -> None:
        """Waits for a piece that is being read, forgets the rest."""
        self._pool.shutdown(cancel_futures=True)

    def _piece(self, stripe: int) -> bytes | None:
        if self.lost:
            return None
        try:
            piece = self._source.piece(stripe)
        except SourceLost:
            self.lost = True
            return None
        if self._right(stripe, piece):
            return piece
        self.bad += 1
        return None

    def _right(self, stripe: int, piece: bytes) -> bool:
        leaves = self._source.leaves
        if len(piece) != stripe_length(self._size, stripe):
            return False
        return leaves is None or (stripe < len(leaves) and leaves[stripe] == leaf(stripe, piece))
