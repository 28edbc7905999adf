import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_client.core.pack import Entry, Kind, pack, packed_size, unpack
from ddb_client.core.stream import ByteStream
from ddb_client.errors import BadShare, SourceChanged
from strategies import cut_up, random_bytes, trees

FOLDER = Entry("drop", Kind.FOLDER, 0o755, 1_700_000_000_123_456_789, 0)
FILE = Entry("drop/a", Kind.FILE, 0o600, 1, 700)
LINK = Entry("drop/l", Kind.LINK, 0o777, 2, 0, "../elsewhere")


def packed(contents: Mapping[Entry, bytes]) -> bytes:
    return b"".join(pack(contents, lambda entry: [contents[entry]]))


def unpacked(chunks: Iterable[bytes]) -> list[tuple[Entry, bytes]]:
    return [(entry, b"".join(content)) for entry, content in unpack(chunks)]


def tarred(*members: tarfile.TarInfo) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return file.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info


@settings(deadline=None)
@given(trees(), st.integers(0, 5000), st.data())
def test_what_was_packed_is_unpacked(tree: dict[Entry, bytes], fill: int, data: st.DataObject) -> None:
    stream = packed(tree)
    assert len(stream) == packed_size(tree)
    assert unpacked(cut_up(stream + bytes(fill), data)) == list(tree.items())


@pytest.mark.parametrize("mtime_ns", [0, 1, -1, -1_500_000_001, 999_999_999, 2**63 - 1, -(2**63)])
def test_times_are_exact(mtime_ns: int) -> None:
    entry = Entry("a", Kind.FILE, 0o644, mtime_ns, 0)
    assert unpacked([packed({entry: b""})]) == [(entry, b"")]


@pytest.mark.parametrize(
    "name",
    ["a" * 255, "é" * 127, "日本語", "\udcff\udc80", "line\nbreak", " space ", "back\\slash", "x.", "-rf", "\x7f\x01"],
)
def test_names_in_any_script_and_none_are_kept(name: str) -> None:
    tree = {FOLDER: b"", Entry(f"drop/{name}", Kind.LINK, 0o777, 0, 0, f"{name}/{name}"): b""}
    assert unpacked([packed(tree)]) == list(tree.items())


def test_a_deep_path_is_kept() -> None:
    paths = ["/".join(["drop", *["deep" * 20] * depth]) for depth in range(40)]
    tree = {Entry(path, Kind.FOLDER, 0o700, 0, 0): b"" for path in paths}
    assert unpacked([packed(tree)]) == list(tree.items())


@pytest.mark.parametrize(("size", "word"), [(699, "shrank"), (701, "grew"), (0, "shrank"), (5000, "grew")])
def test_a_file_that_changes_its_size_is_refused(size: int, word: str) -> None:
    with pytest.raises(SourceChanged, match=word):
        b"".join(pack([FOLDER, FILE], lambda entry: [bytes(size)]))


def test_a_huge_file_passes_through_in_chunks() -> None:
    chunk, count = bytes(1 << 20), 300
    huge = Entry("huge", Kind.FILE, 0o600, 0, count << 20)
    [total] = [sum(map(len, content)) for _, content in unpack(pack([huge], lambda entry: [chunk] * count))]
    assert total == huge.size


def test_an_entry_that_is_not_read_is_passed_over() -> None:
    stream = packed({FOLDER: b"", FILE: random_bytes(700, 1), LINK: b""})
    assert [entry for entry, _ in unpack([stream])] == [FOLDER, FILE, LINK]


@pytest.mark.parametrize(
    "members",
    [
        [member("/absolute")],
        [member("..")],
        [member(".")],
        [member("a/b")],
        [member("drop", tarfile.DIRTYPE), member("drop/../x")],
        [member("drop", tarfile.DIRTYPE), member("drop/./x")],
        [member("drop", tarfile.DIRTYPE), member("drop//x")],
        [member("drop", tarfile.DIRTYPE), member("other")],
        [member("drop", tarfile.DIRTYPE), member("dropped/x")],
        [member("drop", tarfile.DIRTYPE), member("drop/a"), member("drop/a")],
        [member("drop", tarfile.DIRTYPE), member("drop/a"), member("drop/a/b")],
        [member("drop", tarfile.DIRTYPE), member("drop/l", tarfile.SYMTYPE), member("drop/l/b")],
        [member("drop"), member("drop", tarfile.DIRTYPE)],
        [member("drop", tarfile.DIRTYPE), member("drop/missing/b")],
        [member("drop", tarfile.LNKTYPE)],
        [member("drop", tarfile.CHRTYPE)],
        [member("drop", tarfile.BLKTYPE)],
        [member("drop", tarfile.FIFOTYPE)],
        [member("drop", tarfile.CONTTYPE)],
        [],
    ],
    ids=lambda members: " ".join(f"{m.name}:{m.type.decode()}" for m in members) or "empty",
)
def test_what_no_real_folder_holds_is_refused(members: list[tarfile.TarInfo]) -> None:
    with pytest.raises(BadShare):
        unpacked([tarred(*members)])


@pytest.mark.parametrize(
    "records",
    [{"mtime": "1e30"}, {"mtime": "-1e999980"}, {"mtime": "NaN"}, {"size": "-5"}, {"linkpath": "a\0b"}],
    ids=str,
)
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE], ids=["file", "link"])
def test_records_that_no_file_system_has_are_refused(records: dict[str, str], kind: bytes) -> None:
    odd = member("drop", kind)
    odd.pax_headers = records
    with pytest.raises(BadShare):
        unpacked([tarred(odd)])


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_record_that_never_ends_is_not_taken_into_memory(kind: bytes) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        yield member("drop", kind, 2**32).tobuf(tarfile.GNU_FORMAT)
        while True:
            read += 2**20
            assert read < 2**24, "it is being taken into memory"
            yield bytes(2**20)

    with pytest.raises(BadShare, match="larger"):
        unpacked(endless())


def test_header_records_without_a_header_are_refused() -> None:
    with pytest.raises(BadShare):
        unpacked([member("drop", tarfile.XHDTYPE, 512).tobuf(tarfile.GNU_FORMAT), bytes(512)] * 2000)


def test_a_flipped_bit_in_a_header_ends_in_nothing_worse_than_a_refusal() -> None:
    tree = {FOLDER: b"", FILE: random_bytes(700, 2)}
    stream, refused = packed(tree), 0
    for place in range(0, stream.index(tree[FILE]), 3):
        bad = bytearray(stream)
        bad[place] ^= 1
        try:
            unpacked([bytes(bad)])
        except BadShare:
            refused += 1
    assert refused > 500


@pytest.mark.parametrize("cut", [1, 512, 1024, 1536, 2048, 3000, 4000, -1024, -1000, -600])
def test_a_stream_cut_short_is_refused(cut: int) -> None:
    stream = packed({FOLDER: b"", FILE: random_bytes(700, 3)})
    with pytest.raises(BadShare):
        unpacked([stream[:cut]])


@pytest.mark.parametrize("after", [0, 1, 511, 512, 10_000, 400_000])
def test_a_byte_after_the_end_is_refused(after: int) -> None:
    with pytest.raises(BadShare, match="follows the end"):
        unpacked([packed({FOLDER: b""}), bytes(after), b"\1", bytes(after)])


def test_another_entry_after_the_end_is_refused() -> None:
    with pytest.raises(BadShare, match="follows the end"):
        unpacked([packed({FOLDER: b""}), packed({FOLDER: b""})])


@given(st.binary(max_size=300), st.lists(st.integers(0, 40), max_size=20), st.data())
def test_a_byte_stream_gives_what_is_asked_until_it_ends(content: bytes, sizes: list[int], data: st.DataObject) -> None:
    stream, at = ByteStream(cut_up(content, data)), 0
    for size in sizes:
        assert stream.read(size) == content[at : at + size]
        at += size
