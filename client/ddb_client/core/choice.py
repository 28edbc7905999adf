"""Choosing one of several by what a person typed."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from ddb_client.errors import Usage

SHORTEST = 4
"""Characters of an id that are enough to name by."""


class Named(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


def choose(text: str, among: Sequence[T], hint: str) -> T:
    """The one with that name, else the one whose id begins so. Raises Usage, with `hint`, if it is not exactly one."""
    by_name = [one for one in among if one.name == text]
    fits = by_name or [one for one in among if len(text) >= SHORTEST and one.id.startswith(text.lower())]
    if len(fits) == 1:
        return fits[0]
    if fits:
        ids = ", ".join(one.id[:8] for one in fits)
        raise Usage(f"more than one custodian is called {text}", f"name it by the beginning of its id: {ids}")
    raise Usage(f"no custodian is called {text}", hint)
