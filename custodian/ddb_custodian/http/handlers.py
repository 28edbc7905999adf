"""One handler for every route of the contract: call the use case, wrap its answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response

from ddb_contract.messages import Approved, CustodianInfo, Health, SealedTicket, Storing
from ddb_contract.problems import Refusal, Unknown
from ddb_contract.rights import Verb
from ddb_contract.text import b64, unb64
from ddb_custodian.http.answers import answer, done, octets, streamed
from ddb_custodian.http.pages import AGAIN, MISREAD, RECORDED, page, refused_page, seed_typed, typed_code
from ddb_custodian.http.requests import Bearer
from ddb_custodian.keeper import Asker, Keeper
from ddb_custodian.pairing import Pairing
from ddb_custodian.ports import PairedLaptop


@dataclass(frozen=True)
class Custodian:
    """What the handlers reach: the use cases, and `about`, this custodian in words as of now."""

    keeper: Keeper
    pairing: Pairing
    about: Callable[[], CustodianInfo]


@dataclass(frozen=True, repr=False)
class Call:
    """One request that may happen. `asker`: from where, and for which claim. `path`: the path's parameters.

    `body` is the route's message, `raw` a piece or a form, `range` the Range header.
    """

    bearer: Bearer
    asker: Asker
    path: dict[str, Any]
    body: Any
    raw: bytes
    range: str | None

    @property
    def me(self) -> PairedLaptop:
        """Who asks, on a route for laptops."""
        assert self.bearer.laptop is not None
        return self.bearer.laptop

    @property
    def right(self) -> tuple[bytes, Verb, bytes]:
        """Drop, verb and secret, on a route for a drop's own secrets."""
        assert self.bearer.verb is not None
        return self.path["drop"], self.bearer.verb, self.bearer.secret


Handler = Callable[[Custodian, Call], Response]


def _health(_: Custodian, __: Call) -> Response:
    return answer(Health(ok=True))


def _custodian(custodian: Custodian, _: Call) -> Response:
    return answer(custodian.about())


def _pair(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.pairing.offer(call.body))


def _prove(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.pairing.prove(call.path["session"], call.body))


def _laptops(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.keeper.laptops(call.me))


def _revoke(custodian: Custodian, call: Call) -> Response:
    custodian.keeper.revoke(call.me, call.path["laptop"])
    return done()


def _log(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.keeper.log(call.me))


def _reserve(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.keeper.reserve(call.me, call.body), 201)


def _piece(custodian: Custodian, call: Call) -> Response:
    custodian.keeper.put_piece(call.me, call.path["drop"], call.path["stripe"], call.raw)
    return done()


def _store(custodian: Custodian, call: Call) -> Response:
    outcome = custodian.keeper.store(call.me, call.path["drop"], unb64(call.body.root))
    return answer(outcome, 202 if isinstance(outcome, Storing) else 200)


def _copy(custodian: Custodian, call: Call) -> Response:
    custodian.keeper.leave_ticket(call.me, call.path["drop"], call.body)
    return done()


def _commit(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.keeper.commit(call.me, call.path["drop"], unb64(call.body.root)))


def _ticket(custodian: Custodian, call: Call) -> Response:
    return answer(SealedTicket(sealed=b64(custodian.keeper.ticket(call.path["lookup"]))))


def _status(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.keeper.status(*call.right, call.asker))


def _claim(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.keeper.claim(*call.right, call.asker.address))


def _leaves(custodian: Custodian, call: Call) -> Response:
    return octets(b"".join(custodian.keeper.leaves(*call.right, call.asker)))


def _content(custodian: Custodian, call: Call) -> Response:
    return streamed(custodian.keeper.content(*call.right, call.asker), call.range)


def _collected(custodian: Custodian, call: Call) -> Response:
    custodian.keeper.collected(*call.right, call.asker)
    return done()


def _extend(custodian: Custodian, call: Call) -> Response:
    return answer(custodian.keeper.extend(*call.right, call.body))


def _approve(custodian: Custodian, call: Call) -> Response:
    return answer(Approved(again=custodian.keeper.approve(call.bearer.secret, call.asker.address)))


def _approve_page(custodian: Custodian, _: Call) -> Response:
    return page(custodian.about().name)


def _approve_form(custodian: Custodian, call: Call) -> Response:
    name, code = custodian.about().name, typed_code(call.raw)
    seed = seed_typed(code)
    if seed is None:
        return page(name, MISREAD, code, Unknown.status)
    try:
        again = custodian.keeper.approve(seed, call.asker.address)
    except Refusal as refusal:
        return refused_page(name, refusal, code)
    return page(name, AGAIN if again else RECORDED)


def _destroy(custodian: Custodian, call: Call) -> Response:
    custodian.keeper.destroy(*call.right)
    return done()


HANDLERS: dict[str, Handler] = {
    "health": _health,
    "custodian": _custodian,
    "pair": _pair,
    "prove": _prove,
    "laptops": _laptops,
    "revoke": _revoke,
    "log": _log,
    "reserve": _reserve,
    "piece": _piece,
    "store": _store,
    "copy": _copy,
    "commit": _commit,
    "ticket": _ticket,
    "status": _status,
    "claim": _claim,
    "leaves": _leaves,
    "content": _content,
    "collected": _collected,
    "extend": _extend,
    "approve": _approve,
    "approve-page": _approve_page,
    "approve-form": _approve_form,
    "destroy": _destroy,
}
