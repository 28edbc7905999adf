"""Pairing: SPAKE2 over a short code, bound to the custodian's TLS key, so that a man in the middle learns nothing.

The code is four digits 1 to 6, as a light can blink it. One guess, one session: see docs/protocol/pairing.md.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddb_contract.rights import hkdf
from ddb_contract.text import length_prefixed

if TYPE_CHECKING:
    from spake2 import SPAKE2_A, SPAKE2_B

CODE_DIGITS = 4
WINDOW = 300.0
"""Seconds that a pairing window stays open."""
GUESSES_PER_CODE = 3
GUESSES_IN_ALL = 10

Entropy = Callable[[int], bytes]


def valid_code(code: str) -> bool:
    return len(code) == CODE_DIGITS and all(digit in "123456" for digit in code)


def make_code(entropy: Entropy) -> str:
    """Four digits 1 to 6, each equally likely: bytes past 251 are thrown away."""
    digits = ""
    while len(digits) < CODE_DIGITS:
        byte = entropy(1)[0]
        digits += str(byte % 6 + 1) if byte < 252 else ""
    return digits


@dataclass(frozen=True)
class PairingKeys:
    """What both sides have after an honest exchange: two proofs and the laptop's token (32 bytes each)."""

    client_proof: bytes
    server_proof: bytes
    token: bytes


class PairingFailed(ValueError):
    """The other side's pairing message is not a point of the group, or is our own."""


class _Side:
    """spake2 costs 7 MB of memory and 40 ms, so it is imported when a side is made, not before."""

    def __init__(self, spake: "SPAKE2_A | SPAKE2_B", spki_hash: bytes) -> None:
        self._spake, self._spki_hash = spake, spki_hash
        self.message: bytes = spake.start()

    def _keys(self, theirs: bytes, p_a: bytes, p_b: bytes) -> PairingKeys:
        from spake2.ed25519_basic import NotOnCurve
        from spake2.spake2 import SPAKEError

        try:
            shared = self._spake.finish(theirs)
        except (SPAKEError, NotOnCurve, ValueError, AssertionError) as error:
            raise PairingFailed("not a pairing message") from error
        keys = hkdf(shared, 96, b"", length_prefixed(b"ddb1/pair", p_a, p_b, self._spki_hash))
        return PairingKeys(
            hmac.digest(keys[:32], b"client", "sha256"),
            hmac.digest(keys[32:64], b"server", "sha256"),
            keys[64:],
        )


Exchange = Callable[[str, bytes], tuple[bytes, PairingKeys]]
"""The custodian's half of one exchange: from the code and the laptop's message to its own message and the keys.

Raises PairingFailed.
"""


def _password(code: str) -> bytes:
    return hashlib.sha256(b"ddb1/pw\0" + code.encode()).digest()


class LaptopSide(_Side):
    """`message` goes to the custodian; `keys` come from its answer. `spki` is what the TLS handshake showed."""

    def __init__(self, code: str, spki: bytes, entropy: Entropy) -> None:
        from spake2 import SPAKE2_A

        bound = hashlib.sha256(spki).digest()
        super().__init__(SPAKE2_A(_password(code), idA=b"ddb", idB=bound, entropy_f=entropy), bound)

    def keys(self, answer: bytes) -> PairingKeys:
        """Raises PairingFailed."""
        return self._keys(answer, self.message, answer)


class CustodianSide(_Side):
    """The custodian's half, for one offer. `spki` is its own."""

    def __init__(self, code: str, spki: bytes, entropy: Entropy) -> None:
        from spake2 import SPAKE2_B

        bound = hashlib.sha256(spki).digest()
        super().__init__(SPAKE2_B(_password(code), idA=b"ddb", idB=bound, entropy_f=entropy), bound)

    def keys(self, offer: bytes) -> PairingKeys:
        """Raises PairingFailed."""
        return self._keys(offer, offer, self.message)


def answer_offer(spki: bytes, entropy: Entropy, code: str, offer: bytes) -> tuple[bytes, PairingKeys]:
    """An `Exchange`, in this process, once `spki` and `entropy` are given."""
    side = CustodianSide(code, spki, entropy)
    return side.message, side.keys(offer)
