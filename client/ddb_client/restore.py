"""From pieces to a file or folder: joined, opened, unpacked beside the target, and there whole or not at all."""

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import cast

from ddb_client.core.pack import Entry, Kind, unpack
from ddb_client.core.threshold import Scheme
from ddb_client.core.ticket import Ticket
from ddb_client.engine.join import Outcome, join
from ddb_client.errors import BadTicket
from ddb_client.ports import Chunks, PieceSource, Stripes, World
from ddb_contract.text import unb64


@dataclass(frozen=True)
class Restored:
    """A drop that is back. `sha256`: of the file's bytes; for a folder, of its tar stream with the zero fill after it.

    `used` and `damaged` name the shares' holders.
    """

    path: str
    sha256: str
    used: tuple[str, ...]
    damaged: tuple[str, ...]


def scheme_of(ticket: Ticket) -> Scheme:
    """Which of a drop's shares bring it back."""
    return Scheme(ticket.k, ticket.n, len(ticket.holders) - ticket.n)


def name_of(ticket: Ticket) -> str:
    """What a drop is called when it is back: one name, no way to another folder. Raises BadTicket."""
    name = PurePath(ticket.label).name
    if name in ("", ".."):
        raise BadTicket(f"{ticket.label!r} can't be the name of a file", "choose one with --to")
    return name


def restore(world: World, ticket: Ticket, sources: Sequence[PieceSource], path: str, force: bool) -> Restored:
    """Writes the drop to `path`. Raises BadTarget, BadShare, TooFewCustodians, LocalDisk; then nothing stays there."""
    writing, outcome = world.target.begin(path, force), Outcome()
    task = f"{ticket.label}: fetching, joining, opening"
    world.progress.start(task, ticket.size)
    joined = join(
        sources,
        scheme_of(ticket),
        unb64(ticket.data_key),
        ticket.drop_bytes,
        ticket.size,
        lambda count: world.progress.advance(task, count),
        outcome,
    )
    plaintext = cast("Generator[bytearray, None, None]", joined)
    stream, content = hashlib.sha256(), hashlib.sha256()
    first: Entry | None = None
    try:
        for entry, chunks in unpack(_hashed(plaintext, stream)):
            first = first or entry
            writing.add(entry, _hashed(chunks, content))
        place = writing.finish()
    except BaseException:
        writing.abandon()
        raise
    finally:
        plaintext.close()
        world.progress.finish(task)
    alone = first is not None and first.kind is Kind.FILE
    digest = (content if alone else stream).hexdigest()
    return Restored(place, digest, tuple(outcome.used), tuple(outcome.damaged))


def _hashed(chunks: Chunks, digest: "hashlib._Hash") -> Stripes:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
