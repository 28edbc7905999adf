"""Pairing: few guesses, each counted before it is answered, one session at a time, and a window that closes."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ddb_contract.messages import PairingAnswer, PairingOffer, PairingProof
from ddb_contract.pairing import (
    GUESSES_IN_ALL,
    GUESSES_PER_CODE,
    WINDOW,
    LaptopSide,
    PairingKeys,
    answer_offer,
    valid_code,
)
from ddb_contract.problems import PairingRefused
from ddb_contract.rights import Verb, secret_hash
from ddb_contract.text import b64, unb64
from ddb_custodian.adapters.shelf import SqliteShelf
from ddb_custodian.pairing import Pairing
from ddb_custodian.ports import Shelf
from fakes_custodian import FakeSigner, ManualClock, MemoryShelf, RecordingDisplay, SeededEntropy


class Door:
    """A pairing at a custodian, and laptops that try it."""

    def __init__(self, shelf: Shelf, path: Path | None = None) -> None:
        self.shelf, self.path = shelf, path
        self.clock, self.display, self.signer = ManualClock(), RecordingDisplay(), FakeSigner()
        self.entropy = SeededEntropy()
        self.start()

    def start(self) -> None:
        exchange = partial(answer_offer, self.signer.spki, self.entropy)
        self.pairing = Pairing(self.shelf, self.clock, exchange, self.entropy, self.display, 10**9, lambda: 42.0)

    def restart(self) -> None:
        """kill -9, and started again."""
        if self.path:
            self.shelf.close()
            self.shelf = SqliteShelf(self.path)
        self.start()

    @property
    def code(self) -> str:
        code = self.display.shown[-1]
        assert code is not None
        return code

    @property
    def wrong(self) -> str:
        return "1111" if self.code != "1111" else "2222"

    def offer(self, code: str, spki: bytes | None = None) -> tuple[PairingAnswer, PairingKeys]:
        side = LaptopSide(code, spki or self.signer.spki, self.entropy)
        answer = self.pairing.offer(PairingOffer(message=b64(side.message), laptop="Zoë's laptop"))
        return answer, side.keys(unb64(answer.message))

    def prove(self, answer: PairingAnswer, keys: PairingKeys) -> bytes:
        proof = PairingProof(proof=b64(keys.client_proof))
        return unb64(self.pairing.prove(unb64(answer.session), proof).proof)

    def guess(self, code: str) -> bytes:
        return self.prove(*self.offer(code))


@pytest.fixture(params=["fakes", "files"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    path = tmp_path / "shelf.db" if request.param == "files" else None
    door = Door(SqliteShelf(path) if path else MemoryShelf(), path)
    yield door
    door.shelf.close()


def test_the_right_code_pairs_both_ways_and_closes_the_window(door: Door) -> None:
    door.pairing.open()
    assert valid_code(door.code)
    assert not door.pairing.paired()
    answer, keys = door.offer(door.code)
    assert door.prove(answer, keys) == keys.server_proof
    (laptop,) = door.shelf.laptops()
    assert (laptop.name, laptop.paired_at, laptop.quota) == ("Zoë's laptop", 42.0, 10**9)
    assert laptop.token_hash == secret_hash(Verb.LAPTOP, keys.token)
    assert door.pairing.paired()
    assert not door.pairing.is_open()
    assert door.display.shown[-1] is None
    assert [entry.event for entry in door.shelf.log()] == ["paired"]


def test_a_code_that_paired_once_is_not_used_again(door: Door) -> None:
    door.pairing.open()
    first = door.code
    door.guess(first)
    door.pairing.open()
    assert door.code != first


def test_a_wrong_code_is_refused_with_the_guesses_that_remain(door: Door) -> None:
    door.pairing.open()
    with pytest.raises(PairingRefused, match="the pairing code was wrong; 9 guesses remain"):
        door.guess(door.wrong)
    assert not door.pairing.paired()
    door.guess(door.code)
    assert door.shelf.pairing().guesses_all == 0


def test_three_wrong_guesses_make_a_new_code(door: Door) -> None:
    door.pairing.open()
    first = door.code
    for _ in range(GUESSES_PER_CODE - 1):
        with pytest.raises(PairingRefused):
            door.guess(door.wrong)
        assert door.code == first
    with pytest.raises(PairingRefused, match="7 guesses remain, and the custodian shows a new code"):
        door.guess(door.wrong)
    assert door.code != first
    door.guess(door.code)


def test_ten_wrong_guesses_shut_it_until_the_button(door: Door) -> None:
    door.pairing.open()
    for _ in range(GUESSES_IN_ALL - 1):
        with pytest.raises(PairingRefused, match="guess"):
            door.guess(door.wrong)
    with pytest.raises(PairingRefused, match="10 wrong codes in all"):
        door.guess(door.wrong)
    assert not door.pairing.is_open()
    with pytest.raises(PairingRefused, match="no laptop may be paired now"):
        door.offer("1111")
    door.pairing.open()
    door.guess(door.code)


def test_offers_without_a_proof_are_guesses_too(door: Door) -> None:
    door.pairing.open()
    for _ in range(GUESSES_IN_ALL):
        door.offer("1111")
    with pytest.raises(PairingRefused, match="10 wrong codes in all"):
        door.offer("1111")
    assert not door.pairing.is_open()


def test_a_guess_is_counted_for_good_before_the_answer_exists(door: Door) -> None:
    door.pairing.open()
    for guesses in range(1, GUESSES_PER_CODE + 1):
        door.offer(door.wrong)
        door.restart()
        assert (door.shelf.pairing().guesses_code, door.shelf.pairing().guesses_all) == (guesses, guesses)
        door.pairing._opened = door.clock.read()
    before = door.code
    door.pairing.open()
    assert door.code != before
    assert door.shelf.pairing().guesses_all == 0


def test_a_second_offer_ends_the_session_before_it(door: Door) -> None:
    door.pairing.open()
    first, second = door.offer(door.code), door.offer(door.code)
    with pytest.raises(PairingRefused, match="another one has begun"):
        door.prove(*first)
    assert not door.pairing.paired()
    assert door.prove(*second) == second[1].server_proof


def test_a_proof_works_once_only(door: Door) -> None:
    door.pairing.open()
    answer, keys = door.offer(door.code)
    door.prove(answer, keys)
    door.pairing.open()
    with pytest.raises(PairingRefused, match="is over"):
        door.prove(answer, keys)
    assert len(door.shelf.laptops()) == 1


def test_who_does_not_know_the_session_cannot_end_it(door: Door) -> None:
    door.pairing.open()
    answer, keys = door.offer(door.code)
    with pytest.raises(PairingRefused, match="over"):
        door.pairing.prove(bytes(16), PairingProof(proof=b64(bytes(32))))
    assert door.prove(answer, keys) == keys.server_proof


def test_a_session_of_before_the_restart_is_over(door: Door) -> None:
    door.pairing.open()
    session = door.offer(door.code)
    door.restart()
    door.pairing.open()
    with pytest.raises(PairingRefused):
        door.prove(*session)


def test_a_man_in_the_middle_with_another_key_fails_though_the_code_is_right(door: Door) -> None:
    door.pairing.open()
    with pytest.raises(PairingRefused, match="the pairing code was wrong"):
        door.prove(*door.offer(door.code, spki=FakeSigner().spki))


@pytest.mark.parametrize("message", ["", "*", b64(b"S"), b64(bytes(33)), b64(b"A" + bytes(32)), b64(b"B" + b"x" * 32)])
def test_what_is_no_pairing_message_is_refused_and_counted(door: Door, message: str) -> None:
    door.pairing.open()
    with pytest.raises(PairingRefused):
        door.pairing.offer(PairingOffer(message=message, laptop="x"))
    assert door.shelf.pairing().guesses_all == 1


def test_the_window_ends_by_itself_by_the_raw_clock(door: Door) -> None:
    with pytest.raises(PairingRefused):
        door.offer("1111")
    door.pairing.open()
    session = door.offer(door.code)
    door.clock.wait(WINDOW - 1)
    door.pairing.tick()
    assert door.pairing.is_open()
    door.clock.wait(1)
    assert not door.pairing.is_open()
    with pytest.raises(PairingRefused):
        door.offer("1111")
    with pytest.raises(PairingRefused):
        door.prove(*session)
    door.pairing.tick()
    assert door.display.shown[-1] is None


def test_close_shuts_the_window_and_hides_the_code(door: Door) -> None:
    door.pairing.open()
    door.pairing.close()
    assert not door.pairing.is_open()
    assert door.display.shown[-1] is None


def test_the_code_is_kept_over_a_restart_until_it_was_guessed_at_too_often(door: Door) -> None:
    door.pairing.open()
    code = door.code
    door.restart()
    door.pairing.open()
    assert door.code == code
