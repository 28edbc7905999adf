from itertools import product
from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.approval import code_of, seed_of
from ddb_contract.rights import APPROVAL_SIZE

seeds = st.binary(min_size=APPROVAL_SIZE, max_size=APPROVAL_SIZE)


@given(seeds)
def test_a_code_reads_back_and_has_one_form(seed: bytes) -> None:
    code = code_of(seed)
    assert seed_of(code) == seed
    assert len(code) == 34
    assert {len(group) for group in code.split("-")[:-1]} == {5}
    assert not {"0", "1", "8", "9"} & set(code)


@given(seeds, st.data())
def test_it_reads_back_however_it_was_typed(seed: bytes, data: st.DataObject) -> None:
    look_alike = {"O": "Oo0", "L": "Ll1", "B": "Bb8"}
    typed = ""
    for letter in code_of(seed):
        letter = data.draw(st.sampled_from(look_alike.get(letter, letter + letter.lower())))
        typed += data.draw(st.sampled_from(["", " ", "\n", "-"])) + (letter if letter != "-" else "")
    assert seed_of(typed) == seed


def test_every_misread_character_is_noticed() -> None:
    code = code_of(bytes(range(16))).replace("-", "")
    for place, letter in product(range(len(code)), ascii_uppercase + "234567"):
        if letter != code[place]:
            with pytest.raises(ValueError):  # noqa: PT011 - several layers refuse, each in its words
                seed_of(code[:place] + letter + code[place + 1 :])


def test_the_usual_slips_are_noticed() -> None:
    code = code_of(bytes(range(16)))
    groups = code.split("-")
    swapped = "-".join([groups[1], groups[0], *groups[2:]])
    for slip in (swapped, code[:-1], code + "A", code[1:], code.replace("A", "E", 1)):
        with pytest.raises(ValueError):  # noqa: PT011 - several layers refuse, each in its words
            seed_of(slip)


@pytest.mark.parametrize("text", ["", "-", "ä" * 29, "A" * 29, "=" * 32, "A" * 1000, "\x00", "\uff21" * 29])
def test_anything_else_is_no_code(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several layers refuse, each in its words
        seed_of(text)


def test_the_form_is_frozen() -> None:
    assert code_of(bytes(16)) == "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-BUDQ"
