"""Where the laptop keeps its state."""

import os
from pathlib import Path


def home() -> Path:
    """$DDB_HOME if it is set, else the platform's folder for a user's data."""
    chosen = os.environ.get("DDB_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("deaddropbox", appauthor=False)
