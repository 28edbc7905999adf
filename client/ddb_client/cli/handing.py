"""How approvers' codes leave the laptop: into a file, onto the terminal, or into the JSON document."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ddb_client.cli.frame import confirm, interactive, note
from ddb_client.core.outlook import listed
from ddb_client.core.slips import Slip, slip_text
from ddb_client.errors import Usage
from ddb_client.ports import Papers
from ddb_client.wiring import Laptop


class Handing:
    """Port `HandOut` that only remembers the slips: enough where the codes go into the JSON document."""

    def __init__(self) -> None:
        self._slips: Sequence[Slip] = ()

    @property
    def codes(self) -> dict[str, str]:
        """By the approver's name."""
        return {slip.approver: slip.code for slip in self._slips}

    def out(self, slips: Sequence[Slip]) -> None:
        self._slips = slips

    def back(self) -> None:
        self._slips = ()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """If what is done within it fails after the codes went out, the person has them all the same."""
        try:
            yield
        except BaseException:
            for slip in self._slips:
                note(slip_text(slip, paper=False))
            raise


class _Shown(Handing):
    """On the terminal, once; the person says that they were noted."""

    def out(self, slips: Sequence[Slip]) -> None:
        self._slips = slips
        for slip in slips:
            note(slip_text(slip, paper=False))
        confirm("are all these codes noted? they are not shown again", yes=False)

    def back(self) -> None:
        if self._slips:
            note("the codes that were shown are worth nothing: the drop was taken back")

    @contextmanager
    def kept(self) -> Iterator[None]:
        yield


class _Filed(Handing):
    """In a file of one's own."""

    def __init__(self, papers: Papers, path: str) -> None:
        super().__init__()
        self._papers, self._path = papers, path

    def out(self, slips: Sequence[Slip]) -> None:
        self._papers.write(self._path, "\n\n".join(slip_text(slip, paper=True) for slip in slips) + "\n")
        self._slips = slips
        note(
            f"{self._path} has the slips for {listed(slip.approver for slip in slips)}: hand them out, then destroy it"
        )

    def back(self) -> None:
        if self._slips:
            self._papers.remove(self._path)

    @contextmanager
    def kept(self) -> Iterator[None]:
        yield


def handing(laptop: Laptop, approvers: Sequence[str], path: str | None, as_json: bool) -> Handing:
    """Where the codes of these approvers go. Raises Usage, BadTarget before anything is sent."""
    if path is not None and not approvers:
        raise Usage("nobody has to approve this drop, so there are no slips", "leave --slips out")
    if path is not None:
        laptop.papers.check(path)
        return _Filed(laptop.papers, path)
    if approvers and not as_json and not interactive():
        raise Usage(
            f"the codes of {listed(approvers)} have nowhere to go", "--slips FILE writes them, --json prints them"
        )
    return _Shown() if approvers and not as_json else Handing()
