import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Event

import pytest

from ddb_client.core.seal import Opening, Seal
from ddb_client.core.threshold import Scheme
from ddb_client.engine.budget import window
from ddb_client.engine.lanes import Lanes, Made
from ddb_client.engine.split import split
from ddb_client.errors import Failure, SourceChanged
from ddb_contract.shares import STRIPE, leaf, stripe_length
from strategies import DATA_KEY, DROP, SALT, random_bytes

Piece = bytes | bytearray | memoryview


@dataclass
class Sink:
    """Keeps what it is given."""

    pieces: list[bytes] = field(default_factory=list)

    def put(self, stripe: int, piece: Piece) -> None:
        assert stripe == len(self.pieces)
        self.pieces.append(bytes(piece))


@dataclass
class BrokenSink(Sink):
    """Fails at one stripe."""

    breaks_at: int = 0

    def put(self, stripe: int, piece: Piece) -> None:
        if stripe == self.breaks_at:
            raise Failure("the cable was pulled")
        super().put(stripe, piece)


@dataclass
class WaitingSink(Sink):
    """Takes nothing before it may."""

    may: Event = field(default_factory=Event)

    def put(self, stripe: int, piece: Piece) -> None:
        assert self.may.wait(30)
        super().put(stripe, piece)


class Entropy:
    """Counts what is drawn; the same in every run with one worker only."""

    def __init__(self) -> None:
        self.drawn: list[int] = []

    def __call__(self, size: int) -> bytes:
        self.drawn.append(size)
        return random_bytes(size, len(self.drawn))


def run(
    pack: bytes, scheme: Scheme, sinks: list[Sink], entropy: Entropy | None = None
) -> tuple[Seal, list[list[bytes]]]:
    seal = Seal(DATA_KEY, SALT, DROP, len(pack))
    chunks = [pack[at : at + 700_001] for at in range(0, len(pack), 700_001)]
    return seal, split(chunks, seal, scheme, entropy or Entropy(), sinks, lambda _: None)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@pytest.mark.parametrize("scheme", [Scheme(2, 3), Scheme(3, 3), Scheme(3, 5, 1), Scheme(1, 2, 1), Scheme(1, 1, 2)])
@pytest.mark.parametrize("size", [0, STRIPE - 80, STRIPE - 79, 4 * STRIPE + 17])
def test_the_sinks_get_pieces_in_order_that_join_and_open_to_the_pack(scheme: Scheme, size: int) -> None:
    pack, sinks = random_bytes(size, "pack"), [Sink() for _ in scheme.indices]
    seal, leaves = run(pack, scheme, sinks)
    opening, plaintext = Opening(DATA_KEY, DROP, seal.size), b""
    for stripe in range(seal.stripes):
        pieces = {index: sink.pieces[stripe] for index, sink in zip(scheme.indices, sinks, strict=True)}
        assert {len(piece) for piece in pieces.values()} == {stripe_length(seal.size, stripe)}
        plaintext += opening.open(stripe, scheme.join(pieces))
    assert plaintext[:size] == pack
    assert leaves == [[leaf(s, piece) for s, piece in enumerate(sink.pieces)] for sink in sinks]


def test_every_pad_byte_is_drawn_from_the_generator() -> None:
    entropy, scheme = Entropy(), Scheme(3, 5, 1)
    seal, _ = run(random_bytes(2 * STRIPE, "pack"), scheme, [Sink() for _ in scheme.indices], entropy)
    pads = [size for size in entropy.drawn if size > 100]
    assert sorted(pads) == sorted(scheme.randomness(stripe_length(seal.size, s)) for s in range(seal.stripes))


def test_progress_adds_up_to_the_sealed_size() -> None:
    seal, seen = Seal(DATA_KEY, SALT, DROP, 3 * STRIPE), list[int]()
    split([bytes(3 * STRIPE)], seal, Scheme(2, 3), Entropy(), [Sink(), Sink(), Sink()], seen.append)
    assert sum(seen) == seal.size


@pytest.mark.parametrize("breaks_at", [0, 1, 7])
def test_an_error_in_one_sink_stops_all(breaks_at: int) -> None:
    sinks = [Sink(), BrokenSink(breaks_at=breaks_at), Sink()]
    with pytest.raises(Failure, match="cable"):
        run(random_bytes(7 * STRIPE, "pack"), Scheme(2, 3), sinks)
    assert all(len(sink.pieces) <= breaks_at + window(6) for sink in sinks)


def test_nothing_is_put_after_an_error() -> None:
    sink, bad, good = Sink(), Future[Made](), Future[Made]()
    bad.set_exception(Failure("the cable was pulled"))
    good.set_result([(b"piece", b"leaf")])
    lanes = Lanes([sink], 4, lambda _: None)
    lanes.carry(0, bad)
    lanes.carry(0, good)
    with pytest.raises(Failure, match="cable"):
        lanes.__exit__(None, None, None)
    assert not sink.pieces


def test_an_error_in_the_source_stops_all() -> None:
    def chunks() -> Iterator[bytes]:
        yield bytes(3 * STRIPE)
        raise OSError("the disk broke")

    sinks = [Sink(), Sink()]
    with pytest.raises(OSError, match="disk"):
        split(chunks(), Seal(DATA_KEY, SALT, DROP, 99 * STRIPE), Scheme(2, 2), Entropy(), sinks, lambda _: None)
    assert all(len(sink.pieces) <= 3 for sink in sinks)


def test_an_error_in_the_generator_or_in_progress_is_raised() -> None:
    def broken(_: int) -> bytes:
        raise OSError("no entropy")

    seal = Seal(DATA_KEY, SALT, DROP, 5)
    with pytest.raises(OSError, match="entropy"):
        split([b"12345"], seal, Scheme(2, 2), broken, [Sink(), Sink()], lambda _: None)
    with pytest.raises(OSError, match="entropy"):
        split([b"12345"], seal, Scheme(2, 2), Entropy(), [Sink(), Sink()], broken)


@pytest.mark.parametrize("size", [STRIPE, 2 * STRIPE - 1, 2 * STRIPE + 1, 3 * STRIPE])
def test_a_source_longer_or_shorter_than_announced_is_refused(size: int) -> None:
    with pytest.raises(SourceChanged):
        split(
            [bytes(size)],
            Seal(DATA_KEY, SALT, DROP, 2 * STRIPE),
            Scheme(2, 2),
            Entropy(),
            [Sink(), Sink()],
            lambda _: None,
        )


def test_pieces_that_do_not_join_are_never_handed_on() -> None:
    class Miscalculating(Scheme):
        def join(self, pieces: object) -> bytearray:
            return bytearray(66_240)

    sinks = [Sink(), Sink(), Sink()]
    with pytest.raises(Failure, match="splits wrongly"):
        run(b"", Miscalculating(2, 3), sinks)
    assert not any(sink.pieces for sink in sinks)


def test_a_slow_sink_holds_the_source_back() -> None:
    slow, taken = WaitingSink(), []
    stripes = 40

    def chunks() -> Iterator[bytes]:
        for stripe in range(stripes):
            taken.append(stripe)
            if stripe == window(5) - 1:
                slow.may.set()
            assert len(slow.pieces) + window(5) + 1 >= stripe
            yield bytes(STRIPE)

    seal = Seal(DATA_KEY, SALT, DROP, stripes * STRIPE)
    split(chunks(), seal, Scheme(2, 2), Entropy(), [Sink(), slow], lambda _: None)
    assert len(slow.pieces) == seal.stripes


def test_what_is_under_way_is_bounded_in_bytes() -> None:
    assert all(window(buffers) * buffers * STRIPE <= 40 * 2**20 or window(buffers) <= 2 for buffers in range(3, 60))
