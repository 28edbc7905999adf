"""Shares in files: pads, and what `ddb join` is given. 48-byte header, then the body."""

import os
from pathlib import Path

from ddb_client.adapters.source import absolute, why
from ddb_client.errors import BadShare, BadTarget, LocalDisk, SourceLost
from ddb_client.ports import Buffer, ShareFile
from ddb_contract.shares import HEADER_SIZE, STRIPE, ShareHeader, stripe_length
from ddb_contract.text import b32

LEAF = 32
MOST_LEAVES = 64 * 1024 * 1024
"""Bytes of leaves that are read, enough for a drop of 2 TB; for a larger one they are computed."""


class DiskShareFiles:
    """Port `ShareFiles`."""

    def create(self, path: str, header: ShareHeader) -> "_PadSink":
        target = absolute(path)
        _refuse_existing(target)
        if not target.parent.is_dir():
            raise BadTarget(f"there is no folder {target.parent} for the pad", "is the stick plugged in and mounted?")
        try:
            return _PadSink(target, _part(target, header.drop), header)
        except OSError as error:
            raise BadTarget(f"the pad can't be written to {target}: {why(error)}", "give it another path") from error

    def open(self, path: str) -> ShareFile:
        file = Path(path)
        try:
            if not file.is_file():
                raise BadTarget(f"there is no share file {path}")
            with file.open("rb") as opened:
                header = ShareHeader.unpack(opened.read(HEADER_SIZE))
            beside = file.with_suffix(".leaves")
            leaves = beside.read_bytes() if _plausible(beside, header) else None
            size = file.stat().st_size - HEADER_SIZE
        except ValueError as error:
            raise BadShare(f"{path} is no share: {error}") from error
        except OSError as error:
            raise BadTarget(f"{path} can't be read: {why(error)}") from error
        digests = tuple(leaves[at : at + LEAF] for at in range(0, len(leaves), LEAF)) if leaves else None
        return ShareFile(path, header, size, digests)

    def piece(self, share: ShareFile, stripe: int) -> bytes:
        length = stripe_length(share.header.size, stripe)
        try:
            with Path(share.path).open("rb") as file:
                file.seek(HEADER_SIZE + stripe * STRIPE)
                return file.read(length)
        except OSError as error:
            raise SourceLost(f"{share.path} can't be read any more: {why(error)}") from error

    def remove(self, path: str, drop: bytes) -> None:
        target = absolute(path)
        _part(target, drop).unlink(missing_ok=True)
        try:
            if self.open(str(target)).header.drop == drop:
                target.unlink()
        except (BadShare, BadTarget):
            return


class _PadSink:
    """Port `PadSink`. Keeps no file open."""

    def __init__(self, target: Path, part: Path, header: ShareHeader) -> None:
        self._target, self._part = target, part
        part.touch(mode=0o600)
        part.write_bytes(header.pack())

    def put(self, stripe: int, piece: Buffer) -> None:
        try:
            with self._part.open("r+b") as file:
                file.seek(HEADER_SIZE + stripe * STRIPE)
                file.write(piece)
        except OSError as error:
            raise LocalDisk(f"the pad can't be written: {why(error)}", "make room or give it another path") from error

    def finish(self) -> None:
        _refuse_existing(self._target)
        try:
            _fsync(self._part, os.O_RDWR)
            self._part.rename(self._target)
            if os.name == "posix":
                _fsync(self._target.parent, os.O_RDONLY)
        except OSError as error:
            raise LocalDisk(f"the pad can't be written: {why(error)}", "make room or give it another path") from error


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise BadTarget(f"{target} is there already", "give the pad another path")


def _part(target: Path, drop: bytes) -> Path:
    return target.with_name(f".ddb-{b32(drop)[:8]}.pad.part")


def _plausible(leaves: Path, header: ShareHeader) -> bool:
    return leaves.is_file() and leaves.stat().st_size == LEAF * header.stripes <= MOST_LEAVES


def _fsync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
