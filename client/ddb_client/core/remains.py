"""What a wipe did, and what may remain all the same: said plainly, since no program can promise more."""

from dataclasses import dataclass
from typing import Literal

from ddb_client.core.outlook import amount

_COPY_ON_WRITE = frozenset({"apfs", "bcachefs", "btrfs", "f2fs", "nilfs2", "overlay", "xfs", "zfs"})
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "sshfs", "fuse.sshfs", "virtiofs"})
ADVICE = "what truly helps: keep originals in an encrypted container from the start, and destroy its key"
LIMITS = "wiping overwrites and removes the original; flash media, copy-on-write file systems, backups may keep traces"


@dataclass(frozen=True)
class Medium:
    """What a path lies on. `kind` is the disk's; `sync` names the sync service whose folder it lies in, if any."""

    filesystem: str
    kind: Literal["flash", "magnetic", "memory", "unknown"]
    sync: str | None = None


@dataclass(frozen=True)
class Left:
    """Something that was not wiped, and why."""

    path: str
    why: str


@dataclass(frozen=True)
class WipeReport:
    """What a wipe did: items removed, bytes overwritten, what was `left`, editors' `copies` seen, and the medium."""

    removed: int
    overwritten: int
    left: tuple[Left, ...]
    copies: tuple[str, ...]
    medium: Medium

    @property
    def complete(self) -> bool:
        return not self.left


def remains(report: WipeReport) -> list[str]:
    """Where traces of the original may be all the same, one sentence each."""
    medium, found = report.medium, []
    if medium.kind in ("flash", "unknown"):
        doubt = "" if medium.kind == "flash" else " if it is flash, which could not be found out"
        found.append(f"the disk may keep old blocks, since wear levelling writes elsewhere{doubt}")
    if medium.filesystem in _COPY_ON_WRITE:
        found.append(f"{medium.filesystem} may write elsewhere than it overwrites, and share blocks with other files")
    if medium.filesystem in _REMOTE:
        found.append(f"{medium.filesystem} is another machine's disk, which keeps what it wants")
    if medium.sync:
        found.append(f"it lay in a folder that {medium.sync} keeps elsewhere too, old versions included")
    found += [f"{path} looks like a copy of it" for path in report.copies]
    found.append("snapshots, backups, search indexes and swap were not looked at")
    return found


def report_json(report: WipeReport) -> dict[str, object]:
    """The `wipe_report` of `ddb split --json`."""
    return {
        "removed": report.removed,
        "overwritten": report.overwritten,
        "left": [{"path": left.path, "why": left.why} for left in report.left],
        "filesystem": report.medium.filesystem,
        "medium": report.medium.kind,
        "remains": remains(report),
        "advice": ADVICE,
    }


def report_words(report: WipeReport) -> list[str]:
    """The same for a person."""
    medium = report.medium
    items = "1 item" if report.removed == 1 else f"{report.removed} items"
    lines = [
        f"wiped: {items} removed, {amount(report.overwritten)} overwritten "
        f"(file system {medium.filesystem}, medium {medium.kind})"
    ]
    lines += [f"left in place: {left.path}: {left.why}" for left in report.left]
    lines += [f"may remain: {sentence}" for sentence in remains(report)]
    return [*lines, ADVICE]
