"""Lanes: one thread per sink carries that share's stripes in order; the slowest lane sets the pace of all."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock, Semaphore
from types import TracebackType
from typing import Self

from ddb_client.ports import PieceSink

Piece = bytes | bytearray | memoryview
Made = Sequence[tuple[Piece, bytes]]
"""A stripe's pieces, one per sink, each with its leaf."""


@dataclass
class _Load:
    """One stripe on its way, and how many lanes still have to carry it."""

    stripe: int
    made: Future[Made]
    lanes_left: int


class Lanes:
    """Carries at most `window` stripes at once; `delivered` hears of each that every sink has, one at a time.

    The first error of a sink, of what makes the pieces or of `delivered` stops all lanes. Leaving the context waits
    for the threads, and raises that error. `leaves`: per sink, of the stripes it took.
    """

    def __init__(self, sinks: Sequence[PieceSink], window: int, delivered: Callable[[int], None]) -> None:
        self.leaves: list[list[bytes]] = [[] for _ in sinks]
        self._sinks, self._delivered = sinks, delivered
        self._pools = [ThreadPoolExecutor(1, "ddb-sink") for _ in sinks]
        self._room, self._lock = Semaphore(window), Lock()
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            self._fail(error)
        for pool in self._pools:
            pool.shutdown()
        if error is None:
            self._raise()

    def wait_for_room(self) -> None:
        """Returns once another stripe may start. Raises what stopped the lanes."""
        self._room.acquire()
        self._raise()

    def carry(self, stripe: int, made: Future[Made]) -> None:
        """Puts a stripe on its way; follows `wait_for_room`."""
        load = _Load(stripe, made, len(self._pools))
        for lane, pool in enumerate(self._pools):
            pool.submit(self._carry, lane, load)

    def _carry(self, lane: int, load: _Load) -> None:
        try:
            if self._error is None:
                piece, leaf = load.made.result()[lane]
                self._sinks[lane].put(load.stripe, piece)
                self.leaves[lane].append(leaf)
            self._arrived(load)
        except BaseException as error:
            self._fail(error)

    def _arrived(self, load: _Load) -> None:
        with self._lock:
            load.lanes_left -= 1
            if load.lanes_left == 0 and self._error is None:
                self._room.release()
                self._delivered(load.stripe)

    def _fail(self, error: BaseException) -> None:
        self._error = self._error or error
        self._room.release()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error
