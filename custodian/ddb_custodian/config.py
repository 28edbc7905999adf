"""What a custodian is told when it starts: frozen, strict, and with a default for everything."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ddb_contract.messages import Name

Pin = Annotated[int, Field(ge=0, le=27)]


class BadSettings(ValueError):
    """The set-up file says something that can't be; the message is one sentence for people."""


class Pins(BaseModel):
    """BCM numbers of the three lamps and the button."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    red: Pin = 17
    amber: Pin = 27
    green: Pin = 22
    button: Pin = 23


class Settings(BaseModel):
    """`state`: the folder for all it keeps. `port` 0: a free one, kept. `quota`: bytes that a laptop may deposit.

    `practice`: a stand-in that locks nothing. `administered`: somebody can log in; receipts say both.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    name: Name = "custodian"
    state: Annotated[Path, Field(strict=False)] = Path("/var/lib/deaddropbox")
    listen: str = "0.0.0.0"  # noqa: S104  an appliance is there for its network
    port: Annotated[int, Field(ge=0, le=65_535)] = 443
    quota: Annotated[int, Field(gt=0)] = 16 * 2**30
    pins: Pins = Pins()
    practice: bool = False
    administered: bool = False


def practice_settings(state: Path, name: str, port: int) -> Settings:
    """A custodian that stands in for one on the owner's own machine: loopback only, simulated pins.

    Raises BadSettings.
    """
    given = {"state": state, "name": name, "listen": "127.0.0.1", "port": port, "practice": True, "administered": True}
    return _checked(given, "the options")


def load_settings(path: Path) -> Settings:
    """The settings in a TOML file. Raises BadSettings."""
    try:
        given = tomllib.loads(path.read_text())
    except OSError as error:
        raise BadSettings(f"can't read {path}: {(error.strerror or 'unknown reason').lower()}") from None
    except ValueError as error:
        raise BadSettings(f"{path} is not a set-up file: {error}") from None
    return _checked(given, str(path))


def _checked(given: dict[str, object], where: str) -> Settings:
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise BadSettings(f"{where}: {key}: {first['msg'][0].lower()}{first['msg'][1:]}") from None
