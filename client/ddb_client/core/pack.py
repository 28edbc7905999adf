"""The pack: files, folders and links as one tar stream (PAX), names and times exact. docs/protocol/pack.md."""

import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import IO, Self, cast

from ddb_client.core.stream import ByteStream
from ddb_client.errors import BadShare, SourceChanged

Buffer = bytes | bytearray | memoryview

_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)
_CHUNK = 262_144
_SECOND = 1_000_000_000
_LATEST = 2**63 * _SECOND
_RECORDS = 128 * 1024
"""Bytes of the largest header record: a name, a link's target and a time."""


class Kind(StrEnum):
    """What an entry is. Nothing else can be put away."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@dataclass(frozen=True)
class Entry:
    """One item of a drop. `path`: relative POSIX, undecodable bytes by surrogateescape; `mode`: permission bits.

    The first entry's path is the drop's own name, all others lie below it, folders before what is in them.
    `size` is a file's bytes, else 0; `target` is where a link points.
    """

    path: str
    kind: Kind
    mode: int
    mtime_ns: int
    size: int
    target: str = ""


_TYPES = {Kind.FILE: tarfile.REGTYPE, Kind.FOLDER: tarfile.DIRTYPE, Kind.LINK: tarfile.SYMTYPE}
_KINDS = {flag: kind for kind, flag in _TYPES.items()}


def packed_size(entries: Iterable[Entry]) -> int:
    """Bytes that `pack` gives for these entries."""
    return sum(len(_header(entry)) + entry.size + len(_padding(entry)) for entry in entries) + len(_END)


def pack(entries: Iterable[Entry], read: Callable[[Entry], Iterable[Buffer]]) -> Iterator[Buffer]:
    """The stream of the entries in their order; `read` gives a file's content.

    Raises SourceChanged when that is longer or shorter than the entry's size.
    """
    for entry in entries:
        yield _header(entry)
        if entry.kind is Kind.FILE:
            yield from _exactly(entry, read(entry))
            yield _padding(entry)
    yield _END


def unpack(chunks: Iterable[Buffer]) -> Iterator[tuple[Entry, Iterator[bytes]]]:
    """Inverse of `pack`; each content is read before the next entry is asked for. Zeros may follow the end.

    Raises BadShare for whatever `pack` would not have written from a real folder: other kinds, paths that are absolute,
    climb, repeat or have no folder before them, bytes after the end.
    """
    stream = cast(IO[bytes], ByteStream(chunks))  # tarfile only reads it
    folders: dict[str, bool] = {}
    try:
        with tarfile.open(
            fileobj=stream, mode="r|", tarinfo=_Header, encoding="utf-8", errors="surrogateescape"
        ) as archive:
            while (header := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]
                entry = _entry(header)
                _refuse_misplaced(entry, folders)
                folders[entry.path] = entry.kind is Kind.FOLDER
                yield entry, _content(archive, header)
            rest = archive.fileobj
            while rest is not None and (tail := rest.read(_CHUNK)):
                if tail.strip(b"\0"):
                    raise BadShare("something follows the end of the drop")
    except (tarfile.TarError, RecursionError) as error:
        raise BadShare("what came back is not a whole drop") from error
    if not folders:
        raise BadShare("the drop is empty")


class _Header(tarfile.TarInfo):
    """Only a block of zeros ends the archive; tarfile would take any bad header after the first for its end."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # the block of zeros
            raise
        except tarfile.HeaderError as error:
            raise BadShare("a header in the drop is damaged") from error

    def _proc_member(self, archive: tarfile.TarFile) -> Self:
        """tarfile's own hook for subclasses, before it reads what follows a header."""
        if self.type != tarfile.REGTYPE and self.size > _RECORDS:
            raise BadShare("a header in the drop is larger than any that packing writes")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]


def _header(entry: Entry) -> bytes:
    header = tarfile.TarInfo(entry.path)
    header.type, header.linkname = _TYPES[entry.kind], entry.target
    header.mode, header.size = entry.mode, entry.size
    seconds, nanoseconds = divmod(abs(entry.mtime_ns), _SECOND)
    header.pax_headers = {"mtime": f"{'-' if entry.mtime_ns < 0 else ''}{seconds}.{nanoseconds:09d}"}
    return header.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _padding(entry: Entry) -> bytes:
    return bytes(-entry.size % _BLOCK)


def _exactly(entry: Entry, chunks: Iterable[Buffer]) -> Iterator[Buffer]:
    left = entry.size
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise SourceChanged(f"{entry.path!r} grew while it was read", "nothing was wiped; try again")
        yield chunk
    if left:
        raise SourceChanged(f"{entry.path!r} shrank while it was read", "nothing was wiped; try again")


def _entry(header: tarfile.TarInfo) -> Entry:
    kind = _KINDS.get(header.type)
    if kind is None or header.issparse():
        raise BadShare(f"{header.name!r} is neither file, folder nor link")
    try:
        mtime = Decimal(header.pax_headers.get("mtime", str(header.mtime))) * _SECOND
    except ArithmeticError as error:
        raise BadShare(f"{header.name!r} has no time") from error
    if not mtime.is_finite() or abs(mtime) >= _LATEST:
        raise BadShare(f"{header.name!r} has an impossible time")
    return Entry(header.name, kind, header.mode, int(mtime), header.size, header.linkname)


def _refuse_misplaced(entry: Entry, folders: dict[str, bool]) -> None:
    """`folders`: every path so far, and whether it is a folder."""
    parent, _, name = entry.path.rpartition("/")
    if name in ("", ".", "..") or "\0" in entry.path:
        raise BadShare(f"{entry.path!r} is no path in a drop")
    if entry.path in folders:
        raise BadShare(f"{entry.path!r} is in the drop twice")
    inside = folders.get(parent, False) if folders else "/" not in entry.path
    if not inside:
        raise BadShare(f"{entry.path!r} lies outside the drop")
    if entry.size < 0 or (entry.kind is not Kind.FILE and entry.size):
        raise BadShare(f"{entry.path!r} has content that it can't have")
    if "\0" in entry.target:
        raise BadShare(f"{entry.path!r} points nowhere")


def _content(archive: tarfile.TarFile, header: tarfile.TarInfo) -> Iterator[bytes]:
    file = archive.extractfile(header) if header.isreg() else None
    while file is not None and (chunk := file.read(_CHUNK)):
        yield chunk
