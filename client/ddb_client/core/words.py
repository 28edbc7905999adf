"""The recovery code: a claim seed as 24 words of the English BIP-39 list, checksum included."""

from functools import cache

from mnemonic import Mnemonic

from ddb_client.errors import BadCode


@cache
def _list() -> Mnemonic:
    return Mnemonic("english")


def words_of(claim_seed: bytes) -> str:
    """24 words for a 32-byte claim seed."""
    return str(_list().to_mnemonic(claim_seed))


def written(words: str) -> list[str]:
    """The words numbered, six a line, as they are copied to paper."""
    numbered = [f"{place:2} {word:<8}" for place, word in enumerate(words.split(), 1)]
    return ["  ".join(numbered[at : at + 6]).rstrip() for at in range(0, len(numbered), 6)]


def seed_of(words: str) -> bytes:
    """Inverse of `words_of` and `written`; case, spacing and the numbers don't matter.

    Raises BadCode, and never repeats what was typed.
    """
    typed = [word for word in words.lower().split() if not word.rstrip(".)").isdigit()]
    unknown = [str(place) for place, word in enumerate(typed, 1) if word not in _list().wordlist]
    if unknown:
        raise BadCode(f"not in the word list: word {', '.join(unknown)}", "compare it with the paper")
    if len(typed) != 24:
        raise BadCode(f"a recovery code has 24 words, not {len(typed)}")
    try:
        return bytes(_list().to_entropy(" ".join(typed)))
    except (ValueError, LookupError):
        raise BadCode("these 24 words are no recovery code", "one of them is wrong, or two are swapped") from None
