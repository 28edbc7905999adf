"""The shares' bytes as files in one folder, named by their drop and by nothing that came over the network.

`<drop>.part` (header ‖ body so far) and `<drop>.leaves.part` (32 bytes a stripe, zeros: not written yet) become
`<drop>.share` and `<drop>.leaves`; `<drop>.sidecar` lies beside them. What is not known goes to `aside/`.
"""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ddb_contract.problems import Failing
from ddb_contract.shares import HEADER_SIZE, STRIPE, ShareHeader, leaf, stripe_length
from ddb_contract.text import b32, unb32
from ddb_custodian.adapters.files import private_folder, refusals, replace_file, sync_folder, write_at

MARGIN = 64 * 1024 * 1024
"""Bytes of the disk that no share may take."""
LEAF = 32
_ABSENT = bytes(LEAF)
_ENDINGS = ("part", "leaves.part", "share", "leaves", "sidecar.part", "sidecar")
_UNFINISHED = ("part", "leaves.part")


class FileBlobs:
    """`Blobs` in a folder, which is made (0700) if it isn't there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with refusals():
            private_folder(folder)

    def free(self) -> int:
        with refusals():
            return shutil.disk_usage(self._folder).free - MARGIN - sum(map(_missing, self._folder.iterdir()))

    def reserve(self, header: ShareHeader) -> None:
        if self._path(header, "share").exists():
            return
        with refusals(), _opened(self._path(header, "part"), os.O_RDWR | os.O_CREAT) as part:
            write_at(part, header.pack(), 0)
            os.fsync(part)
            sync_folder(self._folder)

    def write(self, header: ShareHeader, stripe: int, piece: bytes, leaf: bytes) -> None:
        with refusals():
            with _opened(self._body(header), os.O_RDWR) as body:
                write_at(body, piece, HEADER_SIZE + stripe * STRIPE)
            with _opened(self._leaves(header), os.O_RDWR | os.O_CREAT) as leaves:
                write_at(leaves, leaf, stripe * LEAF)

    def leaf(self, header: ShareHeader, stripe: int) -> bytes | None:
        with refusals():
            try:
                with _opened(self._leaves(header), os.O_RDONLY) as leaves:
                    found = os.pread(leaves, LEAF, stripe * LEAF)
            except FileNotFoundError:
                return None
        return found if len(found) == LEAF and found != _ABSENT else None

    def seal(self, header: ShareHeader) -> Iterator[bytes]:
        buffer = memoryview(bytearray(STRIPE))
        with refusals(), _opened(self._body(header), os.O_RDONLY) as body:
            with _opened(self._leaves(header), os.O_RDONLY) as leaves:
                os.fsync(leaves)
            os.fsync(body)
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(body, 0, 0, os.POSIX_FADV_DONTNEED)
            if os.pread(body, HEADER_SIZE, 0) != header.pack():
                raise Failing("the share's header came back from the disk changed")
            for stripe in range(header.stripes):
                length = _read_into(body, buffer[: stripe_length(header.size, stripe)], stripe)
                yield leaf(stripe, buffer[:length])

    def finish(self, header: ShareHeader, leaves: list[bytes]) -> None:
        if self._path(header, "share").exists():
            return
        written = self._path(header, "leaves.part")
        with refusals():
            with _opened(written, os.O_RDWR | os.O_CREAT) as fd:
                write_at(fd, b"".join(leaves), 0)
                os.fsync(fd)
            written.rename(self._path(header, "leaves"))
            self._path(header, "part").rename(self._path(header, "share"))
            sync_folder(self._folder)

    def leaves(self, header: ShareHeader) -> list[bytes]:
        with refusals():
            every = self._path(header, "leaves").read_bytes()
        if len(every) != header.stripes * LEAF:
            raise Failing
        return [every[at : at + LEAF] for at in range(0, len(every), LEAF)]

    def read(self, header: ShareHeader, stripe: int) -> bytes:
        piece = bytearray(stripe_length(header.size, stripe))
        with refusals(), _opened(self._path(header, "share"), os.O_RDONLY) as share:
            if _read_into(share, memoryview(piece), stripe) != len(piece):
                raise Failing("a share on the custodian's disk is shorter than it was")
        return bytes(piece)

    def put_sidecar(self, header: ShareHeader, sidecar: bytes) -> None:
        with refusals():
            replace_file(self._path(header, "sidecar"), sidecar)

    def remove(self, header: ShareHeader) -> None:
        with refusals():
            paths = [path for ending in _ENDINGS if (path := self._path(header, ending)).exists()]
            for path in paths:
                with suppress(OSError), _opened(path, os.O_RDWR) as fd:
                    _overwrite(fd)
                path.unlink(missing_ok=True)
            if paths:
                sync_folder(self._folder)

    def sidecars(self) -> list[bytes]:
        with refusals():
            found = sorted(path for path in self._folder.iterdir() if path.suffix == ".sidecar")
            return [path.read_bytes() for path in found if path.with_suffix(".share").exists()]

    def tidy(self, receiving: Collection[bytes], known: Collection[bytes]) -> None:
        with refusals():
            for path in [path for path in self._folder.iterdir() if not path.is_dir()]:
                drop, ending = _named(path)
                if drop is not None and ending.endswith("part"):
                    if drop not in receiving or ending not in _UNFINISHED:
                        path.unlink()
                elif drop not in known:
                    self._put_aside(path)
            sync_folder(self._folder)

    def check(self) -> None:
        with refusals(), tempfile.TemporaryFile(dir=self._folder) as probe:
            probe.write(b"\0")
            probe.flush()
            os.fsync(probe.fileno())

    def _path(self, header: ShareHeader, ending: str) -> Path:
        return self._folder / f"{b32(header.drop)}.{ending}"

    def _body(self, header: ShareHeader) -> Path:
        share = self._path(header, "share")
        return share if share.exists() else self._path(header, "part")

    def _leaves(self, header: ShareHeader) -> Path:
        whole = self._path(header, "leaves")
        return whole if whole.exists() else self._path(header, "leaves.part")

    def _put_aside(self, path: Path) -> None:
        aside = self._folder / "aside"
        private_folder(aside)
        target, count = aside / path.name, 0
        while target.exists():
            count += 1
            target = aside / f"{path.name}.{count}"
        path.rename(target)


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    fd = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        yield fd
    finally:
        os.close(fd)


def _read_into(fd: int, buffer: memoryview, stripe: int) -> int:
    """Bytes that were there of that stripe."""
    done = 0
    while done < len(buffer) and (got := os.preadv(fd, [buffer[done:]], HEADER_SIZE + stripe * STRIPE + done)):
        done += got
    return done


def _missing(path: Path) -> int:
    """Bytes of disk that a part will still take; none for another file."""
    if path.suffix != ".part":
        return 0
    with suppress(OSError, ValueError), path.open("rb") as part:
        header = ShareHeader.unpack(part.read(HEADER_SIZE))
        return max(0, HEADER_SIZE + header.size - os.fstat(part.fileno()).st_blocks * 512)
    return 0


def _overwrite(fd: int) -> None:
    """Zeros over all that the file has on the disk; holes stay holes."""
    end, at, zeros = os.fstat(fd).st_size, 0, bytes(STRIPE)
    while at < end:
        at = os.lseek(fd, at, os.SEEK_DATA)
        write_at(fd, memoryview(zeros)[: end - at], at)
        at += STRIPE
    os.fsync(fd)


def _named(path: Path) -> tuple[bytes | None, str]:
    """The drop and ending in a file's name; no drop for a name that is not ours."""
    name, _, ending = path.name.partition(".")
    try:
        drop = unb32(name)
    except ValueError:
        return None, ending
    return (drop if len(drop) == 16 and ending in _ENDINGS else None), ending
