"""Pairing: the whole way over real TLS against the contract's custodian side, and the use cases around it."""

import hmac
import json
import os
from dataclasses import replace

import pytest

from ddb_client.adapters.http import HttpGateway
from ddb_client.errors import BadCode, Failure, Impostor, PairingClosed, Refused, Unreachable, Usage, WrongCode
from ddb_client.pairing import find_paired, free_name, laptop_name, pair, pair_fleet, unpair
from ddb_client.ports import Address, Paired
from ddb_contract.lights import Light
from ddb_contract.messages import CustodianInfo, PairingAnswer, PairingProof
from ddb_contract.pairing import CustodianSide
from ddb_contract.text import b64, unb64
from fakes_client import FakeClock, FakeFleet, FakeGateway, MemoryBook
from tls_server import Asked, Key, Says, key, serving

CODE = "3142"


class Custodian:
    """The custodian's half. `speaks_as`: the key that its SPAKE2 is bound to, its own unless it lies."""

    def __init__(self, own: Key, speaks_as: Key | None = None, lies: bool = False) -> None:
        self._own, self._bound, self._lies = own, speaks_as or own, lies
        self.tokens: list[bytes] = []
        self.open = True

    def __call__(self, asked: Asked) -> Says:
        body = json.loads(asked.body or b"{}")
        match asked.path.rpartition("/"):
            case (_, _, "custodian"):
                return self._says(CustodianInfo(**self._info()))
            case (_, _, "pairing"):
                if not self.open:
                    return self._refuses("No laptop may be paired now.")
                side = CustodianSide(CODE, self._bound.spki, os.urandom)
                self._keys = side.keys(unb64(body["message"]))
                return self._says(PairingAnswer(session=b64(bytes(16)), message=b64(side.message)))
        if not hmac.compare_digest(self._keys.client_proof, unb64(body["proof"])) and not self._lies:
            return self._refuses("The pairing code was wrong; 9 guesses remain.")
        self.tokens.append(self._keys.token)
        return self._says(PairingProof(proof=b64(self._keys.server_proof)))

    def _info(self) -> dict:
        flags = {"paired": False, "pairing_open": True, "practice": True, "administered": True}
        return {"id": self._own.id, "name": "desk", "software": "x", "light": Light.PAIRING, **flags}

    def _says(self, message) -> Says:
        return Says(200, message.model_dump_json().encode())

    def _refuses(self, detail: str) -> Says:
        return Says(403, json.dumps({"v": 1, "code": "pairing-refused", "detail": detail}).encode())


def gateway() -> HttpGateway:
    return HttpGateway(FakeClock(), os.urandom)


def test_the_right_code_gives_both_sides_the_same_token_and_the_key_as_pin() -> None:
    book, custodian = MemoryBook(), Custodian(key())
    with serving(custodian) as server:
        made = pair(gateway(), book, server.address, None, CODE, "my laptop")
    assert book.all() == [made]
    assert (made.id, made.name, made.practice) == (key().id, "desk", True)
    assert custodian.tokens == [made.token]


def test_a_wrong_code_fails_with_the_custodians_own_words_and_enters_nothing() -> None:
    book = MemoryBook()
    with serving(Custodian(key())) as server, pytest.raises(WrongCode, match="desk") as caught:
        pair(gateway(), book, server.address, None, "3143", "laptop")
    assert caught.value.hint == "the pairing code was wrong; 9 guesses remain"
    assert book.all() == []


def test_one_pairing_is_one_guess() -> None:
    with serving(Custodian(key())) as server, pytest.raises(WrongCode):
        pair(gateway(), MemoryBook(), server.address, None, "3143", "laptop")
    assert [asked.path for asked in server.asked].count("/v1/pairing") == 1


def test_a_cut_connection_is_no_second_guess() -> None:
    custodian = Custodian(key())

    def cut_the_offer(asked: Asked) -> Says:
        return Says(cut=True) if asked.path == "/v1/pairing" else custodian(asked)

    with serving(cut_the_offer) as server, pytest.raises(Unreachable):
        pair(gateway(), MemoryBook(), server.address, None, CODE, "laptop")
    assert [asked.path for asked in server.asked].count("/v1/pairing") == 1


def test_a_shut_window_is_said() -> None:
    custodian = Custodian(key())
    custodian.open = False
    with serving(custodian) as server, pytest.raises(PairingClosed, match="desk pairs with nobody now"):
        pair(gateway(), MemoryBook(), server.address, None, CODE, "laptop")


def test_a_man_in_the_middle_who_relays_with_a_key_of_his_own_gets_no_token() -> None:
    real, book = Custodian(key()), MemoryBook()

    def relay(asked: Asked) -> Says:
        if asked.path == "/v1/custodian":
            return Custodian(key(1))(asked)
        return real(asked)

    with serving(relay, of=key(1)) as middle, pytest.raises(WrongCode, match="in the middle"):
        pair(gateway(), book, middle.address, None, CODE, "laptop")
    assert (real.tokens, book.all()) == ([], [])


def test_one_who_says_yes_to_everything_without_the_code_is_not_believed() -> None:
    book = MemoryBook()
    with serving(Custodian(key(), speaks_as=key(5), lies=True)) as server, pytest.raises(WrongCode):
        pair(gateway(), book, server.address, None, CODE, "laptop")
    assert book.all() == []


def test_a_named_custodian_is_the_pin_before_the_first_byte() -> None:
    with serving(Custodian(key(1)), of=key(1)) as server, pytest.raises(Impostor):
        pair(gateway(), MemoryBook(), server.address, key().id, CODE, "laptop")
    assert server.bytes_read == 0


@pytest.mark.parametrize("code", ["", "314", "31425", "3172", "abcd", "\uff13\uff11\uff14\uff12"])
def test_what_is_no_code_is_never_sent(code: str) -> None:
    with serving(Custodian(key())) as server, pytest.raises(BadCode):
        pair(gateway(), MemoryBook(), server.address, None, code, "laptop")
    assert server.handshakes == 0


def paired(number: int, name: str) -> Paired:
    return Paired(key(number).id, name, Address("127.0.0.1", 1000 + number), bytes(32), True, True)


def test_a_second_desk_gets_a_number_and_one_paired_again_keeps_its_name() -> None:
    known = [paired(1, "desk"), paired(2, "desk-2")]
    assert free_name(paired(3, "desk"), known) == "desk-3"
    assert free_name(paired(2, "desk"), known) == "desk-2"
    assert free_name(paired(3, "shed"), known) == "shed"
    assert len(free_name(paired(3, "x" * 63), [paired(1, "x" * 63)])) <= 63


def test_a_laptop_is_named_printably() -> None:
    assert laptop_name("a\x1b[1mb\n") == "a[1mb"
    assert laptop_name("\n ") == "laptop"
    assert len(laptop_name("x" * 300)) == 63


def test_the_whole_fleet_is_paired_once() -> None:
    def answer(address: Address, custodian: str | None, code: str, laptop: str) -> Paired:
        assert code == "3142"
        return Paired(custodian or "", (custodian or "")[:4], address, bytes(32), True, True)

    book, fleet = MemoryBook(), FakeFleet("desk", "shed")
    at = FakeGateway({}, answer)
    assert len(pair_fleet(at, book, fleet, "laptop")) == 2
    assert len(pair_fleet(at, book, fleet, "laptop")) == 2
    assert fleet.windows == ["desk", "shed"]


def test_no_fleet_is_a_sentence() -> None:
    with pytest.raises(Failure, match="no practice fleet"):
        pair_fleet(FakeGateway({}), MemoryBook(), FakeFleet(), "laptop")


def test_a_custodian_is_found_by_name_or_the_beginning_of_its_id() -> None:
    one, other = paired(1, "desk"), paired(2, "shed")
    book = MemoryBook(one, other)
    assert find_paired(book, "desk") == one
    assert find_paired(book, other.id[:6]) == other
    for wrong in ("attic", "", other.id[:1], "desk "):
        with pytest.raises(Usage, match="no custodian is called"):
            find_paired(book, wrong)
    with pytest.raises(Usage, match="more than one"):
        find_paired(MemoryBook(one, replace(other, name="desk")), "desk")


class Remote:
    """A custodian that has this laptop on its list, or has forgotten it."""

    def __init__(self, status: int | None = None) -> None:
        self.id, self.name, self._status = key(1).id, "desk", status

    def laptops(self) -> list:
        if self._status is not None:
            raise Refused("desk: no", "x", self._status)
        return []


def test_unpairing_forgets_also_where_it_was_forgotten_already() -> None:
    book = MemoryBook(paired(1, "desk"))
    assert unpair(Remote(401), book) is False  # type: ignore[arg-type]
    assert book.all() == []


def test_unpairing_that_fails_forgets_nothing() -> None:
    book = MemoryBook(paired(1, "desk"))
    with pytest.raises(Refused):
        unpair(Remote(500), book)  # type: ignore[arg-type]
    assert len(book.all()) == 1
