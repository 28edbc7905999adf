import os
import signal
import subprocess
import sys

WAITER = """
from ddb_custodian.adapters.stop import Stop
stop = Stop()
print("up", flush=True)
while not stop.wait(60):
    pass
for _ in range(2000):
    assert stop.wait(60)
print("stopped", flush=True)
input()
"""


def test_a_burst_of_signals_stops_and_never_hangs() -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", WAITER], **pipes, text=True, bufsize=0) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "up\n"
        for _ in range(300):
            os.kill(process.pid, signal.SIGTERM)
        assert process.stdout.readline() == "stopped\n"
        process.communicate("\n")
        assert process.returncode == 0
