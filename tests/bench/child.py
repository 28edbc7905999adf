"""Runs one command and tells, as JSON, what the kernel says it took. A small process of its own, since a child's peak
memory begins with that of the process that started it.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    start = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = {
        "seconds": time.perf_counter() - start,
        "peak": usage.ru_maxrss * 1024 / 1e6,
        "status": process.returncode,
        "out": out,
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main()
