"""The pairing's mathematics in a process of its own: their library takes 10 MB, and would stay in memory for good."""

import subprocess
import sys

from ddb_contract.pairing import PairingFailed, PairingKeys, answer_offer
from ddb_contract.text import b64, unb64
from ddb_custodian.adapters.entropy import system_entropy

_KEY = 32


class ChildExchange:
    """An `Exchange` for the custodian whose key is `spki`; what is secret goes through pipes only."""

    def __init__(self, spki: bytes) -> None:
        self._spki = spki

    def __call__(self, code: str, offer: bytes) -> tuple[bytes, PairingKeys]:
        answer = subprocess.run(  # noqa: S603
            [sys.executable, "-P", "-m", __name__],
            input=f"{code} {b64(self._spki)} {b64(offer)}".encode(),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        if not answer:
            raise PairingFailed("not a pairing message")
        keys = PairingKeys(*(answer[at : at + _KEY] for at in range(0, 3 * _KEY, _KEY)))
        return answer[3 * _KEY :], keys


def main() -> None:
    """The child: reads an exchange from stdin, writes its keys and then its message; nothing if the offer is bad."""
    code, spki, offer = sys.stdin.read().split(" ")
    try:
        message, keys = answer_offer(unb64(spki), system_entropy, code, unb64(offer))
    except PairingFailed:
        return
    sys.stdout.buffer.write(keys.client_proof + keys.server_proof + keys.token + message)


if __name__ == "__main__":
    main()
