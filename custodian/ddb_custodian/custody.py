"""The custody clock at work: read often, saved seldom, and saved with whatever is recorded at it."""

from threading import Lock

from ddb_custodian.core.clock import CustodyTime, accrue, due, start
from ddb_custodian.ports import Clock, Shelf


class Custody:
    """Custody seconds since the custodian's first start. Thread-safe; never goes back while it runs."""

    def __init__(self, shelf: Shelf, clock: Clock) -> None:
        self._shelf, self._clock, self._lock = shelf, clock, Lock()
        self._saved = shelf.custody()
        reading = clock.read()
        self._time = accrue(self._saved, reading) if self._saved else start(reading)

    def now(self) -> float:
        return self._read().seconds

    def stamp(self) -> float:
        """Within a transaction: the time, saved along with what is recorded at it."""
        time = self._read()
        self._shelf.put_custody(time)
        return time.seconds

    def save(self) -> None:
        """In a transaction of its own."""
        with self._shelf.transaction():
            time = self._read()
            self._shelf.put_custody(time)
        self._saved = time

    def save_if_due(self) -> None:
        time = self._read()
        if self._saved is None or due(self._saved, time):
            self.save()

    def _read(self) -> CustodyTime:
        with self._lock:
            self._time = accrue(self._time, self._clock.read())
            return self._time
