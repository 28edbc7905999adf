"""What properties are tested with: one file, a section for each part of the code."""

import os
from datetime import UTC, datetime
from random import Random
from typing import assert_never

from hypothesis import strategies as st

from ddb_client.core.pack import Entry, Kind
from ddb_client.core.threshold import Scheme
from ddb_contract.conditions import (
    MAX_SECONDS,
    After,
    AllOf,
    AnyOf,
    Approvals,
    At,
    AtLeast,
    Button,
    Condition,
    Facts,
    Home,
)
from ddb_contract.shares import GRAIN, MAX_SEALED, STRIPE, ShareHeader

# the engine: bytes, packs, thresholds

DATA_KEY, SALT, DROP = bytes(range(32)), bytes(range(32, 64)), bytes(range(16))
_NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=()), min_size=1, max_size=40)


def random_bytes(size: int, seed: object) -> bytes:
    """The same bytes for the same seed."""
    return Random(f"{size} {seed}").randbytes(size)


def cut_up(content: bytes, data: st.DataObject) -> list[bytes]:
    """The content in chunks of any sizes, empty ones too."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    return [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]


def pack_sizes() -> st.SearchStrategy[int]:
    """Sizes around the edges of stripes and of the least sealed size, and between."""
    edges = st.sampled_from([0, 65_536, STRIPE, 2 * STRIPE, 3 * STRIPE])
    near = st.builds(lambda edge, off: max(0, edge + off), edges, st.integers(-200, 200))
    return near | st.integers(0, 3 * STRIPE)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    n = draw(st.integers(1, 16))
    return Scheme(draw(st.integers(1, n)), n, draw(st.integers(0, 3)))


def _encodable(name: str) -> bool:
    try:
        return name not in (".", "..") and os.fsdecode(os.fsencode(name)) == name
    except UnicodeEncodeError:
        return False


def file_names() -> st.SearchStrategy[str]:
    """Names that a POSIX folder can hold, undecodable bytes included."""
    raw = st.binary(min_size=1, max_size=40).map(lambda name: name.decode("utf-8", "surrogateescape"))
    return (_NAMES | raw).filter(lambda name: not {"/", "\0"} & set(name) and _encodable(name))


@st.composite
def trees(draw: st.DrawFn) -> dict[Entry, bytes]:
    """A drop's entries in order, with their contents."""
    folders, tree = [draw(file_names())], {}
    times = st.integers(-(2**62), 2**62)
    modes = st.integers(0, 0o7777)
    tree[Entry(folders[0], Kind.FOLDER, draw(modes), draw(times), 0)] = b""
    for name in draw(st.lists(file_names(), unique=True, max_size=8)):
        path, kind = f"{draw(st.sampled_from(folders))}/{name}", draw(st.sampled_from(Kind))
        content = draw(st.binary(max_size=1500)) if kind is Kind.FILE else b""
        target = draw(file_names()) if kind is Kind.LINK else ""
        tree[Entry(path, kind, draw(modes), draw(times), len(content), target)] = content
        folders += [path] if kind is Kind.FOLDER else []
    return tree


# the contract: conditions, headers


APPROVERS = ("notary", "sister", "Zoë", "editor-2", "afterwards", "1", "23")


def conditions(dates: bool = False, people: bool = True, seconds: int = MAX_SECONDS) -> st.SearchStrategy[Condition]:
    """Conditions as the grammar builds them, at most eight levels deep; with dates still to be resolved, if wanted.

    `people`: with the forms that wait for people too. `seconds`: no `after` is longer.
    """
    moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))
    single: st.SearchStrategy[Condition] = st.builds(After, st.integers(1, seconds))
    single = single | st.builds(At, moments) if dates else single
    return _nested(single | approvals(APPROVERS) | st.just(Button()) | st.just(Home()) if people else single, 3)


def approvals(names: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    """Approvals by some of these."""
    some = st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)
    return some.flatmap(lambda of: st.builds(Approvals, st.integers(1, len(of)), st.just(tuple(of))))


def facts(longest: float = 2.0 * MAX_SECONDS) -> st.SearchStrategy[Facts]:
    """Anything a custodian can know of such a condition."""
    approved = st.frozensets(st.sampled_from(APPROVERS))
    return st.builds(Facts, st.floats(0, longest), approved, st.booleans(), st.booleans())


def truth(condition: Condition, facts: Facts) -> bool:
    """The meaning, said a second time and more simply."""
    match condition:
        case After(seconds):
            return facts.elapsed >= seconds
        case At():
            return False
        case Approvals(count, of):
            return len(set(of) & facts.approved) >= count
        case Button():
            return facts.pressed
        case Home():
            return facts.near
        case AllOf(parts):
            return all(truth(part, facts) for part in parts)
        case AnyOf(parts):
            return any(truth(part, facts) for part in parts)
        case AtLeast(count, parts):
            return sum(truth(part, facts) for part in parts) >= count
    assert_never(condition)


def _nested(inner: st.SearchStrategy[Condition], levels: int) -> st.SearchStrategy[Condition]:
    if levels == 0:
        return inner
    part = _nested(inner, levels - 1)
    several = st.lists(part, min_size=2, max_size=3).map(tuple)
    at_least = st.lists(part, min_size=1, max_size=3).flatmap(
        lambda parts: st.builds(AtLeast, st.integers(1, len(parts)), st.just(tuple(parts)))
    )
    return inner | st.builds(AllOf, several) | st.builds(AnyOf, several) | at_least


@st.composite
def share_headers(draw: st.DrawFn) -> ShareHeader:
    n = draw(st.integers(1, 16))
    index = draw(st.integers(0, n - 1) | st.integers(240, 255))
    size = draw(st.integers(69, MAX_SEALED // GRAIN)) * GRAIN
    return ShareHeader(draw(st.integers(1, n)), n, index, draw(st.binary(min_size=16, max_size=16)), size)
