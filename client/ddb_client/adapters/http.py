"""Custodians over HTTP and pinned TLS, by the table in `ddb_contract.routes`."""

import hmac
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

from urllib3.exceptions import HTTPError

from ddb_client.adapters.channel import Answer, Channel, Patience, Request, unreachable
from ddb_client.adapters.tls import shown_key
from ddb_client.errors import BadAnswer, Failure, Impostor, PairingClosed, Refused, WrongCode
from ddb_client.ports import Address, CustodianApi, Entropy, Paired, WallClock
from ddb_contract import messages as m
from ddb_contract.grammar import BadCondition, parse
from ddb_contract.identity import custodian_id
from ddb_contract.pairing import LaptopSide, PairingFailed
from ddb_contract.receipts import read_receipt
from ddb_contract.rights import Verb, authorization
from ddb_contract.routes import CLAIM_HEADER, ROUTES
from ddb_contract.shares import STRIPE, stripe_length
from ddb_contract.text import b64, unb64

_CAP = 256 * 1024
_CAP_LOG = 32 * 1024 * 1024
_CAP_LEAVES = 64 * 1024 * 1024
_LEAF = 32
_WORDS, _REASONS = 300, 50
_STALLED = 600.0
"""Seconds of waiting after which a custodian that reads back no further stripe is given up: it may first have to read
two others, each as large as a laptop's whole quota."""
_ONCE = -1.0
"""A guess counts: it is never made again."""

M = TypeVar("M", bound=m.Message)


class HttpCustodian:
    """Port `CustodianApi`. One instance serves many threads."""

    def __init__(self, channel: Channel, token: bytes | None, clock: WallClock, patience: Patience) -> None:
        self.id, self.name = channel.custodian, channel.name
        self._channel, self._token, self._clock, self._patience = channel, token, clock, patience

    def info(self) -> m.CustodianInfo:
        info = self._read(m.CustodianInfo, self._ask("custodian"))
        if info.id != self.id:
            raise BadAnswer(f"{self.name} calls itself by another id than its key's")
        return info

    def laptops(self) -> list[m.Laptop]:
        return self._read(m.Laptops, self._ask("laptops", self._laptop())).laptops

    def revoke(self, laptop: str) -> None:
        self._ask("revoke", self._laptop(), where={"laptop": laptop})

    def log(self) -> list[m.LogEntry]:
        return self._read(m.Log, self._ask("log", self._laptop(), cap=_CAP_LOG)).entries

    def reserve(self, request: m.Reserve) -> None:
        self._read(m.Reserved, self._put("reserve", request))

    def put_piece(self, drop: str, stripe: int, piece: bytes | bytearray | memoryview) -> None:
        self._put("piece", piece, {"drop": drop, "stripe": str(stripe)})

    def store(self, drop: str, root: bytes) -> m.Receipt:
        pause, most, stalled = 0.05, 0, 0.0
        while (answer := self._put("store", m.Rooted(root=b64(root)), {"drop": drop})).status == 202:
            checked = self._read(m.Storing, answer).checked
            most, stalled = (checked, 0.0) if checked > most else (most, stalled + pause)
            if stalled > _STALLED:
                raise self._stuck(most)
            self._clock.wait(pause)
            pause = min(2 * pause, 1.0)
        return self._receipt(answer)

    def leave_ticket(self, drop: str, copy: m.TicketCopy) -> None:
        self._put("copy", copy, {"drop": drop})

    def fetch_ticket(self, lookup: bytes) -> bytes:
        answer = self._ask("ticket", where={"lookup": b64(lookup)})
        try:
            return unb64(self._read(m.SealedTicket, answer).sealed)
        except ValueError as error:
            raise self._nonsense() from error

    def commit(self, drop: str, root: bytes) -> m.Receipt:
        return self._receipt(self._put("commit", m.Rooted(root=b64(root)), {"drop": drop}))

    def status(self, drop: str, claim: bytes, made: str = "") -> m.DropStatus:
        right = (Verb.CLAIM, claim)
        status = self._read(m.DropStatus, self._ask("status", right, {"drop": drop}, headers=_made(made)))
        try:
            parse(status.condition)
        except BadCondition as error:
            raise self._nonsense() from error
        reasons = [plain(reason) for reason in status.verdict.reasons[:_REASONS]]
        return status.model_copy(update={"verdict": status.verdict.model_copy(update={"reasons": reasons})})

    def claim(self, drop: str, claim: bytes) -> m.Claimed:
        return self._read(m.Claimed, self._ask("claim", (Verb.CLAIM, claim), {"drop": drop}))

    def leaves(self, drop: str, claim: bytes, made: str = "") -> list[bytes]:
        body = self._claim("leaves", drop, claim, _made(made), _CAP_LEAVES).body
        if len(body) % _LEAF:
            raise self._nonsense()
        return [body[start : start + _LEAF] for start in range(0, len(body), _LEAF)]

    def piece(self, drop: str, stripe: int, size: int, claim: bytes, made: str = "") -> bytes:
        length, first = stripe_length(size, stripe), stripe * STRIPE
        last = first + length - 1
        headers = {"Range": f"bytes={first}-{last}", **_made(made)}
        answer = self._claim("content", drop, claim, headers, STRIPE)
        said = answer.headers.get("Content-Range")
        if answer.status != 206 or len(answer.body) != length or said != f"bytes {first}-{last}/{size}":
            raise self._nonsense()
        return answer.body

    def collected(self, drop: str, claim: bytes, made: str = "") -> None:
        self._claim("collected", drop, claim, _made(made))

    def approve(self, code: bytes) -> bool:
        return self._read(m.Approved, self._ask("approve", (Verb.APPROVE, code))).again

    def extend(self, drop: str, secret: bytes, extra: str) -> m.Receipt:
        body = _json(m.Extend(extra=extra))
        return self._receipt(self._ask("extend", (Verb.EXTEND, secret), {"drop": drop}, body=body))

    def destroy(self, drop: str, secret: bytes) -> None:
        try:
            self._ask("destroy", (Verb.DESTROY, secret), {"drop": drop}, patience=self._patience.read)
        except Refused as error:
            if error.status != 410:
                raise

    def pair_offer(self, offer: m.PairingOffer) -> m.PairingAnswer:
        """One guess. Raises PairingClosed."""
        try:
            return self._read(m.PairingAnswer, self._ask("pair", body=_json(offer), patience=_ONCE))
        except _Refused as error:
            if error.status in (403, 429):
                raise PairingClosed(f"{self.name} pairs with nobody now", error.detail) from error
            raise

    def pair_proof(self, session: str, proof: m.PairingProof) -> m.PairingProof:
        """Raises WrongCode."""
        try:
            answer = self._ask("prove", where={"session": session}, body=_json(proof), patience=_ONCE)
        except _Refused as error:
            if error.status in (403, 404):
                raise wrong_code(self.name, error.detail) from error
            raise
        return self._read(m.PairingProof, answer)

    def _laptop(self) -> tuple[Verb, bytes]:
        if self._token is None:
            hint = f"`ddb pair {self.name}`"
            raise Refused(f"this laptop is not paired with {self.name}", "not-paired", 401, hint=hint)
        return Verb.LAPTOP, self._token

    def _put(
        self, name: str, body: m.Message | bytes | bytearray | memoryview, where: Mapping[str, str] | None = None
    ) -> Answer:
        data = _json(body) if isinstance(body, m.Message) else body
        return self._ask(name, self._laptop(), where, body=data, patience=self._patience.upload)

    def _claim(self, name: str, drop: str, claim: bytes, headers: Mapping[str, str], cap: int = _CAP) -> Answer:
        right = (Verb.CLAIM, claim)
        return self._ask(name, right, {"drop": drop}, cap, headers=headers, patience=self._patience.read)

    def _ask(
        self,
        name: str,
        right: tuple[Verb, bytes] | None = None,
        where: Mapping[str, str] | None = None,
        cap: int = _CAP,
        body: bytes | bytearray | memoryview | None = None,
        patience: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to one route of the table. `patience` in seconds; a question's if None."""
        route = ROUTES[name]
        path = route.path
        for key, value in (where or {}).items():
            path = path.replace(f"<{key}>", quote(value, safe=""))
        sent = dict(headers or {})
        if right is not None:
            sent["Authorization"] = authorization(*right)
        if body is not None:
            sent["Content-Type"] = "application/json" if route.body else "application/octet-stream"
        waits = self._patience.question if patience is None else patience
        answer = self._channel.call(Request(route.method, path, sent, body, cap, waits))
        if 200 <= answer.status < 300:
            return answer
        raise self._refused(answer)

    def _refused(self, answer: Answer) -> "_Refused | BadAnswer":
        try:
            problem = m.Problem.model_validate_json(answer.body)
        except ValueError:
            return self._nonsense()
        return _Refused(self.name, problem, answer.status)

    def _read(self, message: type[M], answer: Answer) -> M:
        try:
            return message.model_validate_json(answer.body)
        except ValueError as error:
            raise self._nonsense() from error

    def _receipt(self, answer: Answer) -> m.Receipt:
        signed = self._read(m.SignedReceipt, answer)
        try:
            return read_receipt(signed, unb64(signed.spki), self.id)
        except ValueError as error:
            raise BadAnswer(f"{self.name} gave a receipt that it didn't sign") from error

    def _stuck(self, checked: int) -> Failure:
        said = f"{self.name} stopped reading the share back from its disk at stripe {checked}"
        return Failure(said, "its disk may be failing, or it is busy with other shares: look at it, or try again later")

    def _nonsense(self) -> BadAnswer:
        hint = "it may run another version: update ddb and the custodian"
        return BadAnswer(f"{self.name} gave an answer that makes no sense", hint)


class HttpGateway:
    """Port `Gateway`."""

    def __init__(self, clock: WallClock, entropy: Entropy, patience: Patience | None = None) -> None:
        self._clock, self._entropy, self._patience = clock, entropy, patience or Patience()

    def open(self, custodian: str, name: str, addresses: Sequence[Address], token: bytes | None) -> CustodianApi:
        return self._open(custodian, name, addresses, token)

    def greet(self, address: Address) -> m.CustodianInfo:
        return self._open(custodian_id(_key(address)), address.host, [address], None).info()

    def pair(self, address: Address, custodian: str | None, code: str, laptop: str) -> Paired:
        spki = _key(address)
        shown = custodian_id(spki)
        if custodian not in (None, shown):
            raise Impostor(f"what answers at {address.host} port {address.port} is not the custodian you named")
        info = self._open(shown, address.host, [address], None).info()
        api = self._open(shown, info.name, [address], None)
        token = self._exchange(api, LaptopSide(code, spki, self._entropy), laptop)
        return Paired(info.id, info.name, address, token, info.practice, info.administered)

    def _exchange(self, api: HttpCustodian, side: LaptopSide, laptop: str) -> bytes:
        answer = api.pair_offer(m.PairingOffer(message=b64(side.message), laptop=laptop))
        try:
            keys = side.keys(unb64(answer.message))
        except (PairingFailed, ValueError) as error:
            raise wrong_code(api.name) from error
        proof = api.pair_proof(answer.session, m.PairingProof(proof=b64(keys.client_proof)))
        if not hmac.compare_digest(unb64(proof.proof), keys.server_proof):
            raise wrong_code(api.name)
        return keys.token

    def _open(self, custodian: str, name: str, addresses: Sequence[Address], token: bytes | None) -> HttpCustodian:
        return HttpCustodian(Channel(custodian, name, addresses, self._clock), token, self._clock, self._patience)


class _Refused(Refused):
    """With the custodian's own sentence, `detail`."""

    def __init__(self, name: str, problem: m.Problem, status: int) -> None:
        self.detail = plain(problem.detail)
        reasons = [plain(reason) for reason in problem.reasons[:_REASONS]]
        super().__init__(f"{name}: {self.detail}", plain(problem.code), status, reasons, problem.next_change)


def wrong_code(name: str, said: str = "read the code again: after three wrong guesses it changes") -> WrongCode:
    """The sentence for it; `said` is what the custodian adds."""
    return WrongCode(f"that is not the pairing code of {name}, or somebody is in the middle", said)


def plain(text: str) -> str:
    """A custodian's words as ours: one line, printable, short, lower-case, without a full stop."""
    words = "".join(char if char.isprintable() else " " for char in text)[:_WORDS].strip(" ").rstrip(". ")
    return words[:1].lower() + words[1:]


def _made(claim: str) -> dict[str, str]:
    return {CLAIM_HEADER: claim} if claim else {}


def _json(message: m.Message) -> bytes:
    return message.model_dump_json().encode()


def _key(address: Address) -> bytes:
    try:
        return shown_key(address)
    except (HTTPError, OSError) as error:
        raise unreachable("a custodian", [address], error) from error
