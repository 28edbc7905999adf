"""`ddb-custodian`: the appliance's command."""

import logging
import sys
from pathlib import Path

import click


@click.group()
def main() -> None:
    """Keep shares for others, and give them to nobody before their conditions hold."""


@main.command()
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="the set-up file (TOML)")
@click.option("--practice", is_flag=True, help="stand in for a custodian on this machine; locks nothing")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), help="practice: the folder for all it keeps")
@click.option("--name", help="practice: what it is called")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="practice: 0 (a free one) unless given")
def serve(config: Path | None, practice: bool, state: Path | None, name: str | None, port: int) -> None:
    """Run until SIGTERM. Logs to stderr."""
    from ddb_custodian.adapters.memory import spare_memory

    spare_memory()
    from ddb_custodian.config import BadSettings, Settings, load_settings, practice_settings
    from ddb_custodian.service import CannotServe
    from ddb_custodian.service import serve as run

    if practice and (config is not None or state is None or name is None):
        raise click.UsageError("--practice goes with --state and --name, and without --config")
    if not practice and (state is not None or name is not None or port):
        raise click.UsageError("--state, --name and --port are for --practice; otherwise use --config")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(name)s: %(message)s")
    logging.getLogger("ddb.server").setLevel(logging.ERROR)
    try:
        if state is not None and name is not None:
            run(practice_settings(state, name, port))
        else:
            run(Settings() if config is None else load_settings(config))
    except (BadSettings, CannotServe) as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), required=True, help="its folder")
def init(state: Path) -> None:
    """Make the key and the certificate, if there are none yet."""
    from ddb_contract.problems import Refusal
    from ddb_custodian.adapters.key import KeyFiles

    try:
        KeyFiles(state)
    except Refusal as refusal:
        raise click.ClickException(refusal.detail) from None
