"""Shamir's sharing over a small field GF(2^w) as a matrix of bits, and elimination over GF(2).

Bit vectors are integers. A symbol is w blocks of bytes, block b holding the coefficient of x^b.
"""

from collections.abc import Iterable, Sequence

POLYNOMIALS = {2: 0b111, 3: 0b1011, 4: 0b10011}
"""The field polynomial for each w."""


def width(n: int) -> int:
    """The least w whose field has an element for each of n shares."""
    return 2 if n <= 4 else 3 if n <= 8 else 4


def multiply(a: int, b: int, polynomial: int) -> int:
    """The product of two field elements."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = a << 1, b >> 1
        if a.bit_length() == polynomial.bit_length():
            a ^= polynomial
    return product


def power(element: int, exponent: int, polynomial: int) -> int:
    """element^exponent, with 0^0 = 1."""
    result = 1
    for _ in range(exponent):
        result = multiply(result, element, polynomial)
    return result


def times(element: int, polynomial: int) -> list[int]:
    """Multiplication by a constant: per output block, the set of input blocks to XOR."""
    w = polynomial.bit_length() - 1
    images = [multiply(element, 1 << c, polynomial) for c in range(w)]
    return [sum((images[c] >> r & 1) << c for c in range(w)) for r in range(w)]


def shamir_rows(k: int, element: int, polynomial: int) -> list[int]:
    """The share at a field element: per block, the set of blocks of R_0 … R_{k-2}, S to XOR, column t·w + b each.

    share = Σ_{t=0}^{k-2} element^t · R_t + element^{k-1} · S
    """
    w = polynomial.bit_length() - 1
    rows = [0] * w
    for t in range(k):
        for r, row in enumerate(times(power(element, t, polynomial), polynomial)):
            rows[r] |= row << (t * w)
    return rows


class Basis:
    """A growing row echelon form that remembers how each vector came from the rows added."""

    def __init__(self, rows: Iterable[int] = ()) -> None:
        self._pivots: dict[int, tuple[int, int]] = {}
        for place, row in enumerate(rows):
            vector, made_of = self._reduce(row, 1 << place)
            if vector:
                self._pivots[vector.bit_length()] = vector, made_of

    @property
    def rank(self) -> int:
        return len(self._pivots)

    def express(self, target: int) -> int | None:
        """The set of rows whose XOR is `target`, None if there is none."""
        vector, made_of = self._reduce(target, 0)
        return None if vector else made_of

    def _reduce(self, vector: int, made_of: int) -> tuple[int, int]:
        while vector and (pivot := self._pivots.get(vector.bit_length())):
            vector, made_of = vector ^ pivot[0], made_of ^ pivot[1]
        return vector, made_of


def members(vector: int) -> Sequence[int]:
    """The places of the set bits, lowest first."""
    return [place for place in range(vector.bit_length()) if vector >> place & 1]
