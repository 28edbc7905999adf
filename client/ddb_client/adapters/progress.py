"""Bars on a terminal, silence in a pipe."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class TerminalProgress:
    """Port `Progress` on stderr. Bars are drawn only on a terminal; what is said always appears."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def start(self, task: str, total: int | None) -> None:
        if not sys.stderr.isatty():
            return
        if self._bars is None:
            self._bars = _bars()
            self._bars.start()
        self._tasks[task] = self._bars.add_task(task, total=total)

    def advance(self, task: str, by: int) -> None:
        if self._bars is not None and task in self._tasks:
            self._bars.advance(self._tasks[task], by)

    def finish(self, task: str) -> None:
        if self._bars is None or task not in self._tasks:
            return
        self._bars.stop_task(self._tasks.pop(task))
        if not self._tasks:
            self.close()

    def say(self, line: str) -> None:
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False)
        else:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    def close(self) -> None:
        """Leaves the terminal as it was; called again, it changes nothing."""
        if self._bars is not None:
            self._bars.stop()
        self._bars = None
        self._tasks.clear()


def _bars() -> "Bars":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
