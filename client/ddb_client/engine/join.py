"""The way back: pieces are fetched side by side, checked, joined, opened, and given out in order."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations

from ddb_client.core.seal import Opening
from ddb_client.core.threshold import Scheme
from ddb_client.engine.budget import WORKERS, keep_buffers, window
from ddb_client.engine.fetcher import Fetcher
from ddb_client.errors import BadShare, Failure, TooFewCustodians
from ddb_client.ports import PieceSource
from ddb_contract.shares import stripe_count, stripe_length

Asked = Mapping[Fetcher, Future[bytes | None]]
Fetched = list[tuple[Fetcher, bytes]]
_ROUNDS = 4
"""How often sources that are away are asked again for a stripe, each time with the source's own patience."""


@dataclass
class Outcome:
    """After a join: the names of the sources that were used, that gave a wrong piece, that went away."""

    used: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def join(
    sources: Sequence[PieceSource],
    scheme: Scheme,
    data_key: bytes,
    drop: bytes,
    size: int,
    on_bytes: Callable[[int], None],
    outcome: Outcome,
) -> Iterator[bytearray]:
    """The plaintext of a drop of `size` sealed bytes, stripe by stripe; `outcome` is filled in when it ends.

    As many sources as are needed stream side by side, the others are spares. Where a piece is wrong or lost, another
    source's replaces it; where none is left, those that are away are waited for. Sources without leaves are used only
    where the others don't suffice, and the seal judges.
    `on_bytes` hears the sealed bytes of each stripe before it is given out.

    Raises BadShare when damage can't be made good, TooFewCustodians when too few sources are left. Closing the iterator
    ends every thread.
    """
    keep_buffers()
    reader = _Reader(sources, scheme, Opening(data_key, drop, size), size)
    try:
        for stripe, plaintext in enumerate(reader.stripes()):
            on_bytes(stripe_length(size, stripe))
            yield plaintext
    finally:
        reader.close()
        fetchers = reader.fetchers
        outcome.used = [fetcher.name for fetcher in fetchers if fetcher.used]
        outcome.damaged = [fetcher.name for fetcher in fetchers if fetcher.wrong]
        outcome.lost = [fetcher.name for fetcher in fetchers if fetcher.lost or fetcher.away]


class _Reader:
    def __init__(self, sources: Sequence[PieceSource], scheme: Scheme, opening: Opening, size: int) -> None:
        self.fetchers = [Fetcher(source, size) for source in sources]
        self._scheme, self._opening, self._count = scheme, opening, stripe_count(size)
        self._workers = ThreadPoolExecutor(WORKERS, "ddb-open")

    def stripes(self) -> Iterator[bytearray]:
        ahead: deque[Future[bytearray]] = deque()
        room = window(self._scheme.k + self._scheme.outer + 2)
        first: Future[bytearray] | None = None
        for stripe in range(self._count):
            if len(ahead) == room:
                yield ahead.popleft().result()
            asked = {fetcher: fetcher.ask(stripe) for fetcher in self._needed()}
            ahead.append(self._workers.submit(self._stripe, stripe, asked, first))
            first = first or ahead[0]
        while ahead:
            yield ahead.popleft().result()

    def close(self) -> None:
        self._workers.shutdown(wait=False, cancel_futures=True)
        for fetcher in self.fetchers:
            fetcher.close()
        self._workers.shutdown()

    def _ranked(self) -> list[Fetcher]:
        return sorted((f for f in self.fetchers if not f.lost), key=lambda f: (f.away, f.doubtful, len(f.wrong)))

    def _needed(self) -> list[Fetcher]:
        chosen: dict[int, Fetcher] = {}
        for fetcher in self._ranked():
            if self._lacks(chosen, fetcher.index):
                chosen[fetcher.index] = fetcher
        if not self._scheme.sufficient(chosen):
            raise self._too_few()
        return list(chosen.values())

    def _lacks(self, have: Mapping[int, object], index: int) -> bool:
        group = sum(other < self._scheme.n for other in have)
        return index not in have and (index >= self._scheme.n or group < self._scheme.k)

    def _stripe(self, stripe: int, asked: Asked, first: Future[bytearray] | None) -> bytearray:
        sound = self._sound(stripe, asked)
        if first is not None:
            first.result()
        if not self._scheme.sufficient({fetcher.index for fetcher, _ in sound}):
            return self._by_trial(stripe, asked, sound)
        plaintext = self._opening.open(stripe, self._joined(sound))
        _mark_used(sound)
        return plaintext

    def _sound(self, stripe: int, asked: Asked) -> Fetched:
        """As many checked pieces as are needed, if there are so many."""
        found: dict[int, tuple[Fetcher, bytes]] = {}
        for fetcher in [*asked, *(f for f in self._ranked() if f not in asked)]:
            if not fetcher.doubtful and self._lacks(found, fetcher.index):
                piece = _piece(stripe, asked, fetcher)
                if piece is not None:
                    found[fetcher.index] = fetcher, piece
        for _ in range(_ROUNDS):
            self._call_back(stripe, found)
        return list(found.values())

    def _call_back(self, stripe: int, found: dict[int, tuple[Fetcher, bytes]]) -> None:
        """Where nobody else has what is lacking, those that were away are asked whether they are back."""
        for fetcher in self.fetchers:
            may_have = not (fetcher.lost or fetcher.doubtful or stripe in fetcher.wrong)
            if may_have and self._lacks(found, fetcher.index):
                piece = fetcher.ask_again(stripe).result()
                if piece is not None:
                    found[fetcher.index] = fetcher, piece

    def _by_trial(self, stripe: int, asked: Asked, sound: Fetched) -> bytearray:
        """The stripe from the `sound` pieces and doubtful ones, in whichever combination the seal accepts."""
        suspects = [
            (f, piece) for f in self._ranked() if f.doubtful and (piece := _piece(stripe, asked, f)) is not None
        ]
        wrong: dict[Fetcher, bytes] = {}
        for chosen in self._combinations(sound, suspects):
            plaintext = self._opened(stripe, [*sound, *chosen])
            if plaintext is not None:
                self._blame(stripe, wrong, sound, chosen)
                _mark_used([*sound, *chosen])
                return plaintext
            wrong |= dict(chosen)
        for fetcher in wrong:
            fetcher.wrong.add(stripe)
        raise self._too_few()

    def _combinations(self, sound: Fetched, suspects: Fetched) -> Iterator[Fetched]:
        have = {fetcher.index for fetcher, _ in sound}
        lacking = self._scheme.k + self._scheme.outer - len(have)
        for chosen in combinations(suspects, lacking):
            indices = have | {fetcher.index for fetcher, _ in chosen}
            if len(indices) == len(have) + lacking and self._scheme.sufficient(indices):
                yield list(chosen)

    def _blame(self, stripe: int, wrong: Mapping[Fetcher, bytes], sound: Fetched, right: Fetched) -> None:
        """Tells which pieces of failed combinations are wrong: each in turn joins the right ones."""
        for fetcher, piece in wrong.items():
            trial = next(self._combinations([*sound, (fetcher, piece)], right), None)
            if trial is not None and self._opened(stripe, [*sound, (fetcher, piece), *trial]) is None:
                fetcher.wrong.add(stripe)

    def _opened(self, stripe: int, pieces: Fetched) -> bytearray | None:
        try:
            return self._opening.open(stripe, self._joined(pieces))
        except BadShare:
            return None

    def _joined(self, pieces: Fetched) -> bytes | bytearray | memoryview:
        return self._scheme.join({fetcher.index: piece for fetcher, piece in pieces})

    def _too_few(self) -> Failure:
        bad = [fetcher.name for fetcher in self.fetchers if fetcher.wrong]
        lost = [fetcher.name for fetcher in self.fetchers if fetcher.lost or fetcher.away]
        if bad:
            return BadShare(
                f"the drop can't be joined: {_listed(bad)} damaged" + (f", {_listed(lost)} lost" if lost else ""),
                "add another share, if there is one",
            )
        return TooFewCustodians(
            "too few shares are left" + (f": {_listed(lost)} lost" if lost else ""), "try again when more answer"
        )


def _piece(stripe: int, asked: Asked, fetcher: Fetcher) -> bytes | None:
    return (asked.get(fetcher) or fetcher.ask(stripe)).result()


def _mark_used(pieces: Fetched) -> None:
    for fetcher, _ in pieces:
        fetcher.used = True


def _listed(names: Sequence[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"
