"""The authorisation matrix: every route, every kind of secret; only the right one passes, all others look alike."""

import json
from dataclasses import replace

import pytest

from ddb_contract.rights import SCHEME, Verb, authorization, secret, secret_hash
from ddb_contract.routes import ROUTES
from ddb_contract.text import b32, b64
from ddb_custodian.ports import PairedLaptop
from fakes_custodian import TOKEN

OTHER_TOKEN, REVOKED_TOKEN = b"o" * 32, b"r" * 32
OTHER = PairedLaptop(b"another laptop!!", "other", secret_hash(Verb.LAPTOP, OTHER_TOKEN), 0.0, 10**9)
REVOKED = PairedLaptop(b"a revoked laptop", "revoked", secret_hash(Verb.LAPTOP, REVOKED_TOKEN), 0.0, 10**9)
GUARDED = [name for name, route in ROUTES.items() if route.rights]
OWN_DROP_ONLY = ("piece", "store", "copy", "commit")


class World:
    """Two drops of one laptop, a second laptop that deposited nothing, and a third that was revoked."""

    def __init__(self, edge, route):
        self.edge, self.route = edge, route
        rig = edge.rig
        rig.shelf.put_laptop(OTHER)
        rig.shelf.put_laptop(REVOKED)
        rig.keeper.revoke(rig.me, REVOKED.id)
        if Verb.LAPTOP in ROUTES[route].rights and route != "commit":
            self.drop = rig.drop()
            rig.upload(self.drop)
        else:
            self.drop = rig.locked(condition="after 10s and approvals 1 of (1) or after 10s", approvers=1)
            rig.wait(10)
        self.another = rig.locked(condition="after 1h and approvals 1 of (1)", approvers=1)
        self.before = rig.shelf.deposits()

    def body(self):
        rooted = json.dumps({"root": b64(self.drop.root)}).encode()
        return {
            "reserve": self.edge.rig.drop().request().model_dump_json().encode(),
            "piece": self.drop.pieces[0],
            "store": rooted,
            "commit": rooted,
            "extend": json.dumps({"extra": "after 20s"}).encode(),
            "copy": json.dumps({"lookup": b64(b"l" * 16), "sealed": b64(b"ticket")}).encode(),
        }.get(self.route, b"")

    def ask(self, auth):
        self.edge.rig.clock.wait(60)  # so that no limit on guesses is met
        laptop = b64(OTHER.id)
        return self.edge.ask(self.route, auth, self.body(), drop=b32(self.drop.id), laptop=laptop)


def right_value(drop, verb):
    match verb:
        case Verb.LAPTOP:
            return TOKEN
        case Verb.APPROVE:
            return drop.code(1)
        case _:
            return drop.secret(verb)


def right_secrets(world):
    """By name, every header that must open the route."""
    verbs = ROUTES[world.route].rights
    if Verb.LAPTOP not in verbs:
        return {verb: authorization(verb, right_value(world.drop, verb)) for verb in verbs}
    mine = {"my token": authorization(Verb.LAPTOP, TOKEN)}
    theirs = {} if world.route in OWN_DROP_ONLY else {"another's token": authorization(Verb.LAPTOP, OTHER_TOKEN)}
    return mine | theirs


def wrong_secrets(world):
    """By name, every header that must not."""
    drop, verbs = world.drop, ROUTES[world.route].rights
    wrong = {
        "none": None,
        "empty": "",
        "garbage": "\x7f garbage",
        "unknown token": authorization(Verb.LAPTOP, b"u" * 32),
        "revoked token": authorization(Verb.LAPTOP, REVOKED_TOKEN),
        "token as a claim": authorization(Verb.CLAIM, TOKEN),
    }
    for verb in Verb:
        right = right_value(drop, verb)
        wrong |= {
            f"{verb}: wrong scheme": authorization(verb, right).replace(SCHEME, "Bearer"),
            f"{verb}: lower scheme": authorization(verb, right).replace(SCHEME, SCHEME.lower()),
            f"{verb}: two spaces": authorization(verb, right).replace(" ", "  "),
            f"{verb}: short": f"{SCHEME} {verb} {b64(right[:-1])}",
            f"{verb}: long": f"{SCHEME} {verb} {b64(right + b'x')}",
            f"{verb}: padded": authorization(verb, right) + "=",
            f"{verb}: unknown verb": f"{SCHEME} release {b64(right)}",
            f"{verb}: upper verb": f"{SCHEME} {verb.upper()} {b64(right)}",
            f"{verb}: no secret": f"{SCHEME} {verb}",
            f"{verb}: its digest": authorization(verb, secret_hash(verb, right)[: len(right)]),
            f"{verb}: twice": f"{authorization(verb, right)}, {authorization(verb, right)}",
        }
        if verb is not Verb.LAPTOP:
            seed = verb.value.encode().ljust(32)
            wrong |= {
                f"{verb}: another drop's": authorization(verb, world.another.secret(verb)),
                f"{verb}: nobody's code": authorization(verb, world.another.code(2)),
                f"{verb}: another custodian's": authorization(verb, secret(seed, verb, drop.id, "a" * 52)),
                f"{verb}: the seed itself": authorization(verb, seed),
            }
            wrong |= {
                f"{verb}: secret of {other}": authorization(verb, right_value(drop, other))
                for other in (Verb.CLAIM, Verb.EXTEND, Verb.DESTROY, Verb.APPROVE)
                if other is not verb
            }
        if verb not in verbs:
            wrong[f"{verb}: right secret, wrong route"] = authorization(verb, right)
    if Verb.LAPTOP not in verbs:
        wrong["my token"] = authorization(Verb.LAPTOP, TOKEN)
    return wrong


@pytest.mark.parametrize("route", GUARDED)
def test_every_wrong_secret_is_answered_alike_and_changes_nothing(edge, route):
    world = World(edge, route)
    answers = {name: world.ask(auth) for name, auth in wrong_secrets(world).items()}
    expected = 401 if Verb.LAPTOP in ROUTES[route].rights else 404
    assert {name: a.status_code for name, a in answers.items() if a.status_code != expected} == {}
    assert len({a.data for a in answers.values()}) == 1
    assert len({tuple(sorted(a.headers.items())) for a in answers.values()}) == 1
    assert edge.rig.shelf.deposits() == world.before
    assert OTHER in edge.rig.shelf.laptops()


@pytest.mark.parametrize("route", GUARDED)
def test_every_right_secret_opens_its_route(edge, route):
    for name in right_secrets(World(edge, route)):
        edge.rig.shelf.put_laptop(replace(OTHER))
        world = World(edge, route)
        assert world.ask(right_secrets(world)[name]).status_code in (200, 201, 202, 204), name


@pytest.mark.parametrize("route", [name for name in GUARDED if Verb.LAPTOP not in ROUTES[name].rights])
def test_a_drop_that_was_never_here_answers_like_a_wrong_secret(edge, route):
    world = World(edge, route)
    verb = next(iter(ROUTES[route].rights))
    never = edge.ask(route, authorization(verb, right_value(edge.rig.drop(), verb)), world.body())
    assert (never.status_code, never.data) == (404, world.ask(None).data)


@pytest.mark.parametrize("route", OWN_DROP_ONLY)
def test_another_laptops_token_is_told_the_same_as_for_a_drop_that_was_never_here(edge, route):
    world = World(edge, route)
    theirs = world.ask(authorization(Verb.LAPTOP, OTHER_TOKEN))
    never = edge.ask(route, authorization(Verb.LAPTOP, OTHER_TOKEN), world.body())
    assert (theirs.status_code, theirs.data) == (404, never.data)
    assert edge.rig.shelf.deposits() == world.before


@pytest.mark.parametrize("route", [name for name, route in ROUTES.items() if not route.rights])
def test_a_route_for_anybody_ignores_secrets(edge, route):
    assert edge.ask(route, None).data == edge.ask(route, authorization(Verb.LAPTOP, TOKEN)).data
