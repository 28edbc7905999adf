"""XOR programmes: a matrix of bits compiled once, sub-terms shared, then run over buffers of any size."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from Crypto.Util.strxor import strxor

from ddb_client.core.gf import members

PART = 65_536
"""Bytes of each block worked on at a time, so that all scratch stays in the processor's cache."""


@dataclass(frozen=True)
class Programme:
    """Steps (to, a, b): slot `to` becomes slot a XOR slot b. Slots: inputs, then outputs, then scratch."""

    inputs: int
    outputs: int
    scratch: int
    steps: tuple[tuple[int, int, int], ...]

    def run(self, inputs: Sequence[memoryview], outputs: Sequence[memoryview]) -> None:
        """Writes the outputs. All blocks are of one length; no output overlaps an input."""
        blocks = [*inputs, *outputs]
        size = len(blocks[0])
        scratch = [memoryview(bytearray(min(size, PART))) for _ in range(self.scratch)]
        for start in range(0, size, PART):
            end = min(start + PART, size)
            slots = [block[start:end] for block in blocks] + [block[: end - start] for block in scratch]
            for to, a, b in self.steps:
                strxor(slots[a], slots[b], slots[to])


def compile_programme(targets: Sequence[int], inputs: int) -> Programme:
    """The programme that makes each target, a set of at least two of the `inputs`; no two targets are alike."""
    pairs, terms = _share(targets, inputs)
    slot = dict(enumerate(range(inputs)))
    slot |= {term[0]: inputs + output for output, term in enumerate(terms) if len(term) == 1}
    scratch = inputs + len(targets)
    for variable, _, _ in pairs:
        if variable not in slot:
            slot[variable], scratch = scratch, scratch + 1
    steps = [(slot[variable], slot[a], slot[b]) for variable, a, b in pairs]
    for output, (first, *rest) in enumerate(terms, start=inputs):
        for place, term in enumerate(rest):
            steps.append((output, output if place else slot[first], slot[term]))
    return Programme(inputs, len(targets), scratch - inputs - len(targets), tuple(steps))


def _share(targets: Sequence[int], inputs: int) -> tuple[list[tuple[int, int, int]], list[list[int]]]:
    """Paar's greedy way: as long as two variables meet in two targets or more, the pair met most is a new variable.

    Returns the pairs (new, a, b) in order, and of each target the variables that are left to XOR.
    """
    where = [sum((target >> column & 1) << row for row, target in enumerate(targets)) for column in range(inputs)]
    heap = [(-(where[a] & where[b]).bit_count(), a, b) for a, b in combinations(range(inputs), 2)]
    heapq.heapify(heap)
    pairs = []
    while heap:
        count, a, b = heapq.heappop(heap)
        both = where[a] & where[b]
        if both.bit_count() < 2:
            continue
        if both.bit_count() < -count:
            heapq.heappush(heap, (-both.bit_count(), a, b))
            continue
        where[a], where[b] = where[a] & ~both, where[b] & ~both
        pairs.append((len(where), a, b))
        for other, rows in enumerate(where):
            heapq.heappush(heap, (-(rows & both).bit_count(), other, len(where)))
        where.append(both)
    terms: list[list[int]] = [[] for _ in targets]
    for variable, rows in enumerate(where):
        for row in members(rows):
            terms[row].append(variable)
    return pairs, terms
