"""The laptop's own clock."""

import time
from datetime import datetime


class LaptopClock:
    """Port `WallClock`, in the laptop's own time zone."""

    def now(self) -> datetime:
        return datetime.now().astimezone()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)
