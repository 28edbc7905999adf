import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.text import b32, b64, length_prefixed, unb32, unb64


@given(st.binary(max_size=80))
def test_bytes_come_back_from_text(data: bytes) -> None:
    assert unb32(b32(data)) == data
    assert unb64(b64(data)) == data
    assert "=" not in b32(data) + b64(data)


@given(st.text(max_size=30))
def test_only_what_would_have_been_written_is_read(text: str) -> None:
    for read, write in ((unb32, b32), (unb64, b64)):
        try:
            assert write(read(text)) == text
        except ValueError:
            assert True


@pytest.mark.parametrize("text", ["A", "AA", "aa======", "ab", "a1", "a a", "aé", "a\n"])
def test_no_second_base32_text_is_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - binascii and we say it differently
        unb32(text)


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A+==", "AA\n", "A A", "é", "+/"])
def test_no_second_base64url_text_is_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - binascii and we say it differently
        unb64(text)


@given(st.lists(st.binary(max_size=6), max_size=4), st.lists(st.binary(max_size=6), max_size=4))
def test_different_parts_are_never_prefixed_alike(a: list[bytes], b: list[bytes]) -> None:
    assert (length_prefixed(*a) == length_prefixed(*b)) == (a == b)
