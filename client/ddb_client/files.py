"""Shares that lie in files: the owner's pad, and everything that `ddb join` is given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ddb_client.core.outlook import listed
from ddb_client.core.ticket import Holder, Ticket
from ddb_client.errors import BadShare, BadTarget, Failure, SourceLost, TooFewCustodians
from ddb_client.ports import ShareFile, ShareFiles, World
from ddb_client.restore import Restored, restore, scheme_of
from ddb_contract.shares import leaf, root
from ddb_contract.text import b64


@dataclass(frozen=True)
class FileSource:
    """Port `PieceSource` over a file. `leaves` are None unless they lead to the root in the ticket."""

    files: ShareFiles
    share: ShareFile
    name: str
    leaves: Sequence[bytes] | None

    @property
    def index(self) -> int:
        return self.share.header.index

    def piece(self, stripe: int) -> bytes:
        return self.files.piece(self.share, stripe)


def join_files(world: World, ticket: Ticket, paths: Sequence[str], to: str, force: bool) -> Restored:
    """The drop from share files alone. What is no share of it is named and left out; what is damaged serves if it can.

    Raises TooFewCustodians, BadShare, BadTarget, LocalDisk; then nothing was written.
    """
    sources: list[FileSource] = []
    for path in dict.fromkeys(paths):
        _take(world, ticket, path, sources)
    scheme = scheme_of(ticket)
    if not scheme.sufficient([source.index for source in sources]):
        names = listed(f"{source.name}" for source in sources) or "none"
        raise TooFewCustodians(
            f"too few shares of {ticket.label}: {names}", f"any {ticket.k} of {ticket.n} are needed" + besides(ticket)
        )
    damaged = [source.name for source in sources if source.leaves is None]
    restored = restore(world, ticket, sources, to, force)
    return replace(restored, damaged=tuple(dict.fromkeys([*damaged, *restored.damaged])))


def besides(ticket: Ticket) -> str:
    """Who is needed in any case, as the end of a sentence."""
    outer = [holder.name for holder in ticket.holders if holder.index >= ticket.n]
    return f", and {listed(outer)} besides" if outer else ""


def _take(world: World, ticket: Ticket, path: str, sources: list[FileSource]) -> None:
    try:
        source = read_share(world, ticket, path)
    except (BadShare, BadTarget) as failure:
        world.progress.say(f"left out: {failure.message}")
        return
    if any(other.index == source.index and other.leaves is not None for other in sources):
        world.progress.say(f"left out: {path} is the share of {source.name} once more")
        return
    sources.append(source)


def read_share(world: World, ticket: Ticket, path: str) -> FileSource:
    """The share in that file, its leaves verified if they can be. Raises BadShare for one of another drop."""
    share = world.share_files.open(path)
    holder = next((holder for holder in ticket.holders if ticket.header(holder) == share.header), None)
    if holder is None:
        raise BadShare(f"{path} is a share of another drop than {ticket.label}")
    source = FileSource(world.share_files, share, holder.name, share.leaves)
    if share.size != ticket.size:
        return replace(source, leaves=None)
    for leaves in (share.leaves, _computed(source)):
        if leaves is not None and b64(root(share.header, leaves)) == holder.root:
            return replace(source, leaves=list(leaves))
    return replace(source, leaves=None)


def _computed(source: FileSource) -> list[bytes] | None:
    try:
        return [leaf(stripe, source.piece(stripe)) for stripe in range(source.share.header.stripes)]
    except SourceLost:
        return None


def read_pad(world: World, ticket: Ticket, holder: Holder, path: str | None) -> FileSource:
    """The owner's own piece, from `path` or from where the ticket says that it was written. Raises TooFewCustodians."""
    place = path or "".join(holder.addresses[:1])
    try:
        source = read_share(world, ticket, place)
    except Failure as failure:
        raise TooFewCustodians(f"the pad is needed: {failure.message}", "say where it is with --pad PATH") from failure
    if source.index != holder.index:
        raise TooFewCustodians(f"{place} is not the pad of {ticket.label}", "say where it is with --pad PATH")
    return source
