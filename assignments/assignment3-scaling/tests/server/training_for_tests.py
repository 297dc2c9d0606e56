"""A trainer for tests: what it does is said by the configuration's width.

64 trains for a moment; 65 dies like a CUDA device out of memory; 66 diverges half way; 67 trains
until it is stopped; 68 is killed without a word; 69 stays bad beyond its half.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time


def main() -> None:
    config = json.loads(sys.stdin.readline())
    print("a library says hello")
    print(json.dumps({"done": 0.25}), flush=True)
    match config["d_model"]:
        case 65:
            raise MemoryError("CUDA out of memory")
        case 66:
            print(json.dumps({"loss": None, "done": 0.5}), flush=True)
        case 67:
            for step in range(10_000):
                print(json.dumps({"done": step / 10_000}), flush=True)
                time.sleep(0.01)
        case 69:
            for _ in range(10_000):
                print(json.dumps({"done": 0.6, "latest": 9.0}), flush=True)
                time.sleep(0.05)
        case 68:
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            print(json.dumps({"loss": 1.5, "done": 1.0}), flush=True)


main()
