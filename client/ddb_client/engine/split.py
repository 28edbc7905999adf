"""The way out: plaintext is cut, sealed, split, joined again as a check, hashed, and put into the sinks."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ddb_client.core.seal import Seal
from ddb_client.core.stream import ByteStream
from ddb_client.core.threshold import Scheme
from ddb_client.engine.budget import WORKERS, keep_buffers, window
from ddb_client.engine.lanes import Lanes, Made, Piece
from ddb_client.errors import Failure, SourceChanged
from ddb_client.ports import Chunks, Entropy, PieceSink
from ddb_contract.shares import leaf, stripe_length


def split(
    chunks: Chunks,
    seal: Seal,
    scheme: Scheme,
    entropy: Entropy,
    sinks: Sequence[PieceSink],
    on_bytes: Callable[[int], None],
) -> list[list[bytes]]:
    """Streams a pack into one sink per index of the scheme, in their order; returns each share's leaves.

    `on_bytes` hears the sealed bytes of each stripe that all sinks have, from one of the sinks' threads. Raises what
    the source or a sink raises, SourceChanged when the pack is not as long as the seal says, Failure when pieces don't
    join to what was split. No thread outlives the call.
    """
    keep_buffers()
    stream = ByteStream(chunks)
    make = partial(_make, seal, scheme, entropy)
    buffers = len(sinks) + scheme.randomness(1) + 2
    with (
        Lanes(sinks, window(buffers), lambda stripe: on_bytes(stripe_length(seal.size, stripe))) as lanes,
        ThreadPoolExecutor(WORKERS, "ddb-seal") as workers,
    ):
        for stripe in range(seal.stripes):
            lanes.wait_for_room()
            plaintext = stream.take(seal.payload(stripe))
            lanes.carry(stripe, workers.submit(make, stripe, plaintext))
        if stream.take(1):
            raise SourceChanged("what was read is longer than at first", "nothing was wiped; try again")
    return lanes.leaves


def _make(seal: Seal, scheme: Scheme, entropy: Entropy, stripe: int, plaintext: bytearray) -> Made:
    sealed = seal.seal(stripe, plaintext)
    pieces = scheme.split(sealed, entropy(scheme.randomness(len(sealed))))
    _check(scheme, entropy, pieces, sealed)
    return [(piece, leaf(stripe, piece)) for piece in pieces]


def _check(scheme: Scheme, entropy: Entropy, pieces: Sequence[Piece], sealed: bytearray) -> None:
    """Joins a random sufficient subset and compares."""
    lots = entropy(2 * scheme.n)
    drawn = sorted(range(scheme.n), key=lambda index: lots[2 * index : 2 * index + 2])[: scheme.k]
    chosen = {i: piece for i, piece in zip(scheme.indices, pieces, strict=True) if i in drawn or i >= scheme.n}
    if scheme.join(chosen) != sealed:
        raise Failure("this machine splits wrongly", "its memory or processor may be faulty; the original is untouched")
