import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_client.core.seal import Seal
from ddb_client.core.threshold import Scheme
from ddb_client.engine.budget import window
from ddb_client.engine.join import Outcome, join
from ddb_client.errors import BadShare, SourceAway, SourceLost, TooFewCustodians
from ddb_contract.shares import STRIPE, leaf
from strategies import DATA_KEY, DROP, SALT, random_bytes

PACK = random_bytes(3 * STRIPE + 1234, "pack")
SEAL = Seal(DATA_KEY, SALT, DROP, len(PACK))


@dataclass
class Source:
    """A share in memory. `wrong`: stripes that it gives wrongly; `lost_from`: the first it doesn't give.

    `silences`: stripes at which it is away, each so many times.
    """

    name: str
    index: int
    pieces: Sequence[bytes]
    leaves: Sequence[bytes] | None
    wrong: frozenset[int] = frozenset()
    lost_from: int | None = None
    silences: dict[int, int] = field(default_factory=dict)
    given: list[int] = field(default_factory=list)

    def piece(self, stripe: int) -> bytes:
        if self.lost_from is not None and stripe >= self.lost_from:
            raise SourceLost(f"{self.name} is gone")
        if self.silences.get(stripe, 0):
            self.silences[stripe] -= 1
            raise SourceAway(f"{self.name} doesn't answer")
        self.given.append(stripe)
        piece = self.pieces[stripe]
        return bytes([piece[0] ^ 1]) + piece[1:] if stripe in self.wrong else piece


def shares(scheme: Scheme) -> list[Source]:
    sealed, at = [], 0
    for stripe in range(SEAL.stripes):
        sealed.append(SEAL.seal(stripe, PACK[at : at + SEAL.payload(stripe)]))
        at += SEAL.payload(stripe)
    split = [scheme.split(each, random_bytes(scheme.randomness(len(each)), s)) for s, each in enumerate(sealed)]
    columns = [[bytes(piece) for piece in column] for column in zip(*split, strict=True)]
    return [
        Source(f"s{index}", index, column, [leaf(s, piece) for s, piece in enumerate(column)])
        for index, column in zip(scheme.indices, columns, strict=True)
    ]


def run(sources: Sequence[Source], scheme: Scheme) -> tuple[bytes, Outcome]:
    outcome = Outcome()
    return b"".join(join(sources, scheme, DATA_KEY, DROP, SEAL.size, lambda _: None, outcome)), outcome


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@pytest.mark.parametrize("scheme", [Scheme(2, 3), Scheme(3, 3), Scheme(3, 5, 1), Scheme(1, 2, 1), Scheme(1, 1, 2)])
def test_any_sufficient_sources_give_the_pack_back(scheme: Scheme) -> None:
    every = shares(scheme)
    for group in combinations(every[: scheme.n], scheme.k):
        plaintext, outcome = run([*group, *every[scheme.n :]], scheme)
        assert plaintext[: len(PACK)] == PACK
        assert outcome == Outcome([s.name for s in (*group, *every[scheme.n :])], [], [])


def test_spares_are_not_asked_while_all_is_well() -> None:
    sources = shares(Scheme(2, 4))
    run(sources, Scheme(2, 4))
    assert [len(source.given) for source in sources] == [SEAL.stripes, SEAL.stripes, 0, 0]


def test_progress_adds_up_to_the_sealed_size() -> None:
    seen = list[int]()
    for _ in join(shares(Scheme(2, 2)), Scheme(2, 2), DATA_KEY, DROP, SEAL.size, seen.append, Outcome()):
        pass
    assert sum(seen) == SEAL.size


def test_wrong_pieces_are_replaced_and_their_source_is_named() -> None:
    first, second, third = shares(Scheme(2, 3))
    first.wrong, second.wrong = frozenset({0}), frozenset({2})
    plaintext, outcome = run([first, second, third], Scheme(2, 3))
    assert plaintext[: len(PACK)] == PACK
    assert (outcome.used, outcome.damaged, outcome.lost) == (["s0", "s1", "s2"], ["s0", "s1"], [])


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_the_pack_comes_back_whenever_every_stripe_has_k_good_pieces(data: st.DataObject) -> None:
    scheme, sources = Scheme(2, 4), shares(Scheme(2, 4))
    for source in sources:
        source.wrong = data.draw(st.frozensets(st.integers(0, SEAL.stripes - 1)))
        source.lost_from = data.draw(st.none() | st.integers(0, SEAL.stripes))

    def good(source: Source, stripe: int) -> bool:
        return stripe not in source.wrong and (source.lost_from is None or stripe < source.lost_from)

    # a source that was lost at a later stripe, read ahead, is not asked for an earlier one again
    steady = [s for s in sources if s.lost_from is None or s.lost_from >= SEAL.stripes]
    if all(sum(good(s, stripe) for s in steady) >= 2 for stripe in range(SEAL.stripes)):
        plaintext, outcome = run(sources, scheme)
        assert plaintext[: len(PACK)] == PACK
        assert set(outcome.damaged) <= {s.name for s in sources if s.wrong}
    elif not all(sum(good(s, stripe) for s in sources) >= 2 for stripe in range(SEAL.stripes)):
        with pytest.raises((BadShare, TooFewCustodians)):
            run(sources, scheme)


def test_a_short_outage_of_all_only_slows() -> None:
    sources = shares(Scheme(2, 3))
    for source in sources:
        source.silences = {1: 2}
    plaintext, outcome = run(sources, Scheme(2, 3))
    assert plaintext[: len(PACK)] == PACK
    assert outcome.damaged == []


def test_one_that_is_away_is_not_waited_for_while_others_serve() -> None:
    sources = shares(Scheme(2, 3))
    sources[0].silences = {0: 1000}
    plaintext, outcome = run(sources, Scheme(2, 3))
    assert plaintext[: len(PACK)] == PACK
    assert sources[0].silences[0] > 990
    assert (outcome.used, outcome.lost) == (["s1", "s2"], ["s0"])


def test_an_outage_that_does_not_end_is_told() -> None:
    sources = shares(Scheme(2, 2))
    sources[1].silences = dict.fromkeys(range(SEAL.stripes), 1000)
    with pytest.raises(TooFewCustodians, match="s1 is lost"):
        run(sources, Scheme(2, 2))


def test_a_lost_source_is_given_up_and_replaced() -> None:
    sources = shares(Scheme(2, 3))
    sources[1].lost_from = 1
    plaintext, outcome = run(sources, Scheme(2, 3))
    assert plaintext[: len(PACK)] == PACK
    assert (outcome.used, outcome.damaged, outcome.lost) == (["s0", "s1", "s2"], [], ["s1"])


def test_a_piece_of_another_length_is_damage() -> None:
    sources = shares(Scheme(2, 3))
    sources[0].pieces = [piece[:-1] for piece in sources[0].pieces]
    assert run(sources, Scheme(2, 3))[1].damaged == ["s0"]


def test_damage_that_nothing_makes_good_is_named() -> None:
    sources = shares(Scheme(2, 3))
    sources[0].wrong = sources[2].wrong = frozenset({1})
    with pytest.raises(BadShare, match="s0 and s2 are damaged"):
        run(sources, Scheme(2, 3))


def test_damage_to_an_outer_piece_is_beyond_repair() -> None:
    sources = shares(Scheme(2, 3, 1))
    sources[3].wrong = frozenset({1})
    with pytest.raises(BadShare, match="s255 is damaged"):
        run(sources, Scheme(2, 3, 1))


def test_too_few_sources_are_told_before_anything_is_read() -> None:
    sources = shares(Scheme(3, 5))[:2]
    with pytest.raises(TooFewCustodians):
        run(sources, Scheme(3, 5))
    assert not any(source.given for source in sources)


def test_sources_that_all_go_away_are_too_few() -> None:
    sources = shares(Scheme(2, 3))
    for source in sources:
        source.lost_from = 1
    with pytest.raises(TooFewCustodians, match="lost"):
        run(sources, Scheme(2, 3))


def test_the_outcome_is_told_after_a_failure_too() -> None:
    sources, outcome = shares(Scheme(2, 2)), Outcome()
    sources[1].wrong = frozenset({2})
    with pytest.raises(BadShare):
        for _ in join(sources, Scheme(2, 2), DATA_KEY, DROP, SEAL.size, lambda _: None, outcome):
            pass
    assert outcome.damaged == ["s1"]


def test_doubtful_sources_are_not_used_while_others_suffice() -> None:
    sources = shares(Scheme(2, 3))
    sources[0].leaves = None
    plaintext, outcome = run(sources, Scheme(2, 3))
    assert plaintext[: len(PACK)] == PACK
    assert outcome.used == ["s1", "s2"]


@pytest.mark.parametrize("verified", [0, 1, 2])
def test_doubtful_sources_serve_where_they_are_right_and_are_named_where_wrong(verified: int) -> None:
    scheme = Scheme(3, 5)
    sources = shares(scheme)
    for source in sources[verified:]:
        source.leaves = None
    sources[verified].wrong = frozenset({0, 2})
    plaintext, outcome = run(sources, scheme)
    assert plaintext[: len(PACK)] == PACK
    assert outcome.damaged == [f"s{verified}"]


def test_a_doubtful_outer_piece_is_judged_by_the_seal() -> None:
    scheme = Scheme(2, 3, 1)
    *group, pad = shares(scheme)
    pad.leaves = None
    assert run([*group, pad], scheme)[0][: len(PACK)] == PACK
    pad.wrong = frozenset({1})
    with pytest.raises(BadShare, match="s255 is damaged"):
        run([*group, pad], scheme)


def test_the_right_one_of_two_doubtful_copies_of_a_share_is_found() -> None:
    scheme = Scheme(2, 2)
    first, second = shares(scheme)
    bad = Source("bad copy", 1, second.pieces, None, wrong=frozenset({0, 1, 2, 3}))
    second.leaves = None
    plaintext, outcome = run([first, bad, second], scheme)
    assert plaintext[: len(PACK)] == PACK
    assert outcome.damaged == ["bad copy"]


def test_shares_of_another_drop_are_refused() -> None:
    with pytest.raises(BadShare, match="another drop"):
        for _ in join(shares(Scheme(2, 2)), Scheme(2, 2), DATA_KEY, bytes(16), SEAL.size, lambda _: None, Outcome()):
            pass


def test_closing_early_ends_every_thread_and_reads_no_further() -> None:
    sources, outcome = shares(Scheme(2, 3)), Outcome()
    stream = join(sources, Scheme(2, 3), DATA_KEY, DROP, SEAL.size, lambda _: None, outcome)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert all(len(source.given) <= window(4) + 1 for source in sources)
    assert outcome.used == ["s0", "s1"]


def test_any_other_error_of_a_source_is_raised() -> None:
    class Broken(Source):
        def piece(self, stripe: int) -> bytes:
            raise RuntimeError("a bug")

    first, second = shares(Scheme(2, 2))
    with pytest.raises(RuntimeError, match="a bug"):
        run([first, Broken(second.name, second.index, second.pieces, second.leaves)], Scheme(2, 2))
