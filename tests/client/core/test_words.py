import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_client.core.words import seed_of, words_of, written
from ddb_client.errors import BadCode


@given(st.binary(min_size=32, max_size=32))
def test_a_recovery_code_reads_back_as_it_is_said_and_as_it_is_written_down(seed: bytes) -> None:
    words = words_of(seed)
    assert seed_of(words) == seed
    assert seed_of("\n".join(written(words)).upper()) == seed


def test_it_is_written_in_four_lines_that_no_terminal_breaks() -> None:
    lines = written(words_of(bytes(32)))
    assert len(lines) == 4
    assert max(map(len, lines)) < 80
    assert lines[0].split()[0] == "1"
    assert lines[-1].split()[-2] == "24"


@pytest.mark.parametrize("words", ["", "1 2 3", "abandon " * 24, "abandon " * 23 + "12345x"])
def test_what_is_no_recovery_code_is_refused(words: str) -> None:
    with pytest.raises(BadCode):
        seed_of(words)
