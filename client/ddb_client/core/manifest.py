"""What was read of the original, exactly enough to know it again; and the journal that remembers it until the wipe."""

from typing import Annotated, Literal

from pydantic import Field

from ddb_contract.messages import B64x32, DropId, Message
from ddb_contract.text import b64


class Fingerprint(Message):
    """What the file system says of one item. Times in nanoseconds; `ctime_ns` moves with every change."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    links: int


class Item(Message):
    """One file, folder or link. `path` is relative to the manifest's, "" for that itself; `digest` is a file's SHA-256.

    `fingerprint.size` of a folder and of a link means nothing.
    """

    path: str
    kind: Literal["file", "folder", "link"]
    mode: int
    target: str
    fingerprint: Fingerprint
    digest: B64x32 | None = None


class Manifest(Message):
    """All that lay at `path` (absolute), parents first, each parent's children sorted."""

    path: str
    items: Annotated[list[Item], Field(min_length=1)]

    @property
    def size(self) -> int:
        """Bytes in files."""
        return sum(item.fingerprint.size for item in self.items if item.kind == "file")

    def known(self, digests: dict[str, bytes]) -> "Manifest":
        """The same with each file's digest, by its path."""
        items = [
            item.model_copy(update={"digest": b64(digests[item.path])}) if item.kind == "file" else item
            for item in self.items
        ]
        return self.model_copy(update={"items": items})


class Journal(Message):
    """What `ddb split` still has to do with the original of a drop. `pad` is where the owner's pad was written."""

    drop: DropId
    manifest: Manifest
    keep_original: bool
    pad: str | None


def difference(then: Item, now: Fingerprint) -> str | None:
    """In words, how an item on disk differs from the one that was read; None if it doesn't, as far as this tells.

    A folder's times and size move when its items do, so only its identity counts.
    """
    was = then.fingerprint
    if (was.device, was.inode) != (now.device, now.inode):
        return "was replaced"
    if then.kind == "folder":
        return None
    if was.size != now.size:
        return "grew" if now.size > was.size else "shrank"
    if (was.mtime_ns, was.ctime_ns, was.links) != (now.mtime_ns, now.ctime_ns, now.links):
        return "was changed"
    return None
