"""The composition root of the laptop: the only place that knows which adapter stands behind which port."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ddb_client.ports import (
        Book,
        CustodianApi,
        Entropy,
        Eraser,
        Finder,
        Fleet,
        Gateway,
        Journals,
        OwnerKeys,
        Paired,
        Papers,
        Progress,
        ShareFiles,
        Source,
        Target,
        Tickets,
        WallClock,
    )


class Laptop:
    """Everything that a verb needs, each made (and its libraries loaded) when it is first asked for.

    `home` is the state folder ($DDB_HOME or the platform's own). `ask_passphrase` is asked for the passphrase of a
    protected ticket, with the question to show.
    """

    def __init__(self, home: Path | None = None, ask_passphrase: Callable[[str], str] | None = None) -> None:
        self._home, self._ask_passphrase = home, ask_passphrase

    @cached_property
    def home(self) -> Path:
        from ddb_client.adapters.places import home

        return self._home or home()

    @cached_property
    def finder(self) -> "Finder":
        from ddb_client.adapters.mdns import MdnsFinder

        return MdnsFinder()

    @cached_property
    def gateway(self) -> "Gateway":
        from ddb_client.adapters.http import HttpGateway

        return HttpGateway(self.clock, self.entropy)

    @cached_property
    def book(self) -> "Book":
        from ddb_client.adapters.stores import FileBook

        return FileBook(self.home)

    @cached_property
    def tickets(self) -> "Tickets":
        from ddb_client.adapters.stores import FileTickets

        return FileTickets(self.home, self.entropy, self._ask_passphrase, self.progress.say)

    @cached_property
    def owner_keys(self) -> "OwnerKeys":
        from ddb_client.adapters.stores import FileOwnerKeys

        return FileOwnerKeys(self.home)

    @cached_property
    def journals(self) -> "Journals":
        from ddb_client.adapters.journal import FileJournals

        return FileJournals(self.home)

    @cached_property
    def source(self) -> "Source":
        from ddb_client.adapters.source import DiskSource

        return DiskSource(self.home)

    @cached_property
    def eraser(self) -> "Eraser":
        from ddb_client.adapters.wipe import DiskEraser

        return DiskEraser()

    @cached_property
    def target(self) -> "Target":
        from ddb_client.adapters.target import DiskTarget

        return DiskTarget()

    @cached_property
    def share_files(self) -> "ShareFiles":
        from ddb_client.adapters.sharefile import DiskShareFiles

        return DiskShareFiles()

    @cached_property
    def papers(self) -> "Papers":
        from ddb_client.adapters.papers import DiskPapers

        return DiskPapers()

    @cached_property
    def entropy(self) -> "Entropy":
        from ddb_client.adapters.entropy import system_entropy

        return system_entropy

    @cached_property
    def clock(self) -> "WallClock":
        from ddb_client.adapters.wallclock import LaptopClock

        return LaptopClock()

    @cached_property
    def progress(self) -> "Progress":
        from ddb_client.adapters.progress import TerminalProgress

        return TerminalProgress()

    @cached_property
    def fleet(self) -> "Fleet":
        from ddb_client.adapters.practice import ProcessFleet

        return ProcessFleet(self.home / "practice", self.clock)

    def fleet_apis(self, paired: "Sequence[Paired]") -> "list[CustodianApi]":
        """Paired custodians, opened where they answer now (see `reach.reach_paired`)."""
        from ddb_client.reach import reach_paired

        return reach_paired(paired, self.gateway, self.finder, self.book)

    def close(self) -> None:
        """Leaves the terminal as it was."""
        progress = vars(self).get("progress")
        if progress is not None:
            progress.close()
