"""What a path lies on, as far as the operating system tells."""

import os
import re
from pathlib import Path
from typing import Literal

from ddb_client.core.remains import Medium

_MOUNTS = Path("/proc/self/mountinfo")
_BLOCKS = Path("/sys/dev/block")
_SYNCED = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "nextcloud": "Nextcloud",
    "icloud": "iCloud",
    "com~apple~clouddocs": "iCloud",
    "mobile documents": "iCloud",
}


def medium_of(path: Path) -> Medium:
    """File system, kind of disk and sync service of the folder `path`, or that it lies in; "unknown" if nobody says."""
    real = Path(os.path.realpath(path if path.is_dir() and not path.is_symlink() else path.parent))
    filesystem, device = _mount(real, _MOUNTS.read_text("utf-8", "surrogateescape") if _MOUNTS.exists() else "")
    kind = "memory" if filesystem in ("tmpfs", "ramfs") else _kind(device, _BLOCKS)
    return Medium(filesystem, kind, _sync(real))


def _mount(folder: Path, mounts: str) -> tuple[str, str]:
    """(file system, major:minor) of the innermost mount above `folder`; of equal ones the last hides the others."""
    best, found = -1, ("unknown", "")
    for line in mounts.splitlines():
        fields, _, source = line.partition(" - ")
        device, point = fields.split()[2], Path(_unescaped(fields.split()[4]))
        if (folder == point or point in folder.parents) and len(point.parts) >= best:
            best, found = len(point.parts), (source.split()[0], device)
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _kind(device: str, blocks: Path) -> Literal["flash", "magnetic", "unknown"]:
    """A partition has no queue of its own, its disk has. What a virtual disk says of itself tells nothing."""
    block = (blocks / device).resolve()
    if any(part.startswith(("virtio", "vbd-")) for part in block.parts):
        return "unknown"
    for queue in (block / "queue/rotational", block.parent / "queue/rotational"):
        if device and queue.is_file():
            return "magnetic" if queue.read_text().strip() == "1" else "flash"
    return "unknown"


def _sync(folder: Path) -> str | None:
    names = [part.lower() for part in folder.parts]
    return next((service for start, service in _SYNCED.items() if any(name.startswith(start) for name in names)), None)
