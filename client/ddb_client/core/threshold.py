"""The threshold scheme: n pieces of a stripe, any k of which (and every outer piece) give it back.

docs/protocol/threshold.md. Plain one-time pads for k = n, copies for k = 1, else Shamir over GF(2^w) by XOR alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ddb_client.core.gf import POLYNOMIALS, Basis, shamir_rows, width
from ddb_client.core.programme import Programme, compile_programme
from ddb_contract.shares import MAX_SHARES

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Scheme:
    """`k` of the `n` pieces of the group, and all `outer` pieces besides, are needed. Raises ValueError if impossible.

    A piece is as long as the stripe. A stripe's length is a multiple of 960.
    """

    k: int
    n: int
    outer: int = 0

    def __post_init__(self) -> None:
        if not (1 <= self.k <= self.n <= MAX_SHARES and 0 <= self.outer <= MAX_SHARES):
            raise ValueError(f"{self.k} of {self.n} and {self.outer} besides is no threshold")

    @property
    def indices(self) -> list[int]:
        """The pieces' indices: 0 … n-1, then the outer ones 255, 254 …"""
        return [*range(self.n), *self._outer]

    def randomness(self, size: int) -> int:
        """Random bytes needed to split a stripe of `size` bytes."""
        return (self.outer + self.k - 1) * size

    def sufficient(self, indices: Collection[int]) -> bool:
        """Whether these pieces give the stripe back."""
        return len(set(indices) & set(range(self.n))) >= self.k and set(self._outer) <= set(indices)

    def split(self, stripe: Buffer, random: Buffer) -> list[Buffer]:
        """The pieces in the order of `indices`. Pieces that are random alone are views of `random`, never to be reused.

        `random`: `randomness(len(stripe))` bytes, for the outer pieces first.
        """
        size = len(stripe)
        if len(random) != self.randomness(size):
            raise ValueError("the pads have another length than the stripe needs")
        pads = [memoryview(random)[at : at + size] for at in range(0, len(random), size)]
        symbols: list[Buffer] = [*pads, stripe]
        plan = _plan(self)
        made = [bytearray(size) for _ in range(plan.made)]
        if made:
            blocks = [block for symbol in symbols for block in _blocks(symbol, plan.w)]
            plan.programme.run(blocks, [block for piece in made for block in _blocks(piece, plan.w)])
        return [[*symbols, *made][place] for place in plan.places]

    def join(self, pieces: Mapping[int, Buffer]) -> Buffer:
        """The stripe from a sufficient set of its pieces; more than k of the group are not looked at."""
        if not self.sufficient(pieces):
            raise ValueError("too few pieces")
        chosen = (*sorted(index for index in pieces if index < self.n)[: self.k], *self._outer)
        if len(chosen) == 1:
            return pieces[chosen[0]]
        w = _plan(self).w
        stripe = bytearray(len(pieces[chosen[0]]))
        blocks = [block for index in chosen for block in _blocks(pieces[index], w)]
        _joining(self, chosen).run(blocks, _blocks(stripe, w))
        return stripe

    @property
    def _outer(self) -> range:
        return range(255, 255 - self.outer, -1)


@dataclass(frozen=True)
class _Plan:
    """How a scheme splits: its `places` say which of the symbols, followed by the `made` ones, each piece is."""

    w: int
    made: int
    places: Sequence[int]
    programme: Programme


def piece_rows(scheme: Scheme) -> dict[int, list[int]]:
    """Per index and block of its piece, the set of blocks to XOR: of the outer pads, of R_0 … R_{k-2}, of the stripe.

    The stripe enters the group only through its XOR with every outer pad.
    """
    w = symbol_width(scheme)
    ones = (1 << w) - 1
    rows = {index: [1 << place * w + b for b in range(w)] for place, index in enumerate(scheme._outer)}
    for index in range(scheme.n):
        rows[index] = []
        for row in _group_rows(scheme, index):
            secret = row >> (scheme.k - 1) * w & ones
            veiled = sum(secret << place * w for place in range(scheme.outer))
            rows[index].append(row << scheme.outer * w | veiled)
    return rows


def symbol_width(scheme: Scheme) -> int:
    """Blocks in a stripe."""
    return 1 if scheme.k in (1, scheme.n) else width(scheme.n)


def _group_rows(scheme: Scheme, index: int) -> list[int]:
    if scheme.k == 1:
        return [1]
    if scheme.k == scheme.n:
        return [1 << index] if index < scheme.n - 1 else [(1 << scheme.n) - 1]
    return shamir_rows(scheme.k, index, POLYNOMIALS[width(scheme.n)])


@lru_cache(maxsize=64)
def _plan(scheme: Scheme) -> _Plan:
    w, rows = symbol_width(scheme), piece_rows(scheme)
    symbols = scheme.outer + scheme.k
    kinds = {tuple(1 << symbol * w + b for b in range(w)): symbol for symbol in range(symbols)}
    places = [kinds.setdefault(tuple(rows[index]), len(kinds)) for index in scheme.indices]
    targets = [row for kind in list(kinds)[symbols:] for row in kind]
    return _Plan(w, len(targets) // w, places, compile_programme(targets, symbols * w))


@lru_cache(maxsize=256)
def _joining(scheme: Scheme, chosen: tuple[int, ...]) -> Programme:
    w, rows = symbol_width(scheme), piece_rows(scheme)
    basis = Basis(row for index in chosen for row in rows[index])
    stripe = (scheme.outer + scheme.k - 1) * w
    targets = [basis.express(1 << stripe + b) for b in range(w)]
    if None in targets:
        raise AssertionError("these pieces don't join")
    return compile_programme([target for target in targets if target is not None], len(chosen) * w)


def _blocks(symbol: Buffer, w: int) -> list[memoryview]:
    view, length = memoryview(symbol), len(symbol) // w
    return [view[b * length : (b + 1) * length] for b in range(w)]
