"""The training API: `python -m cs336_scaling.server`, or `make_server()` within a program.

tables → database → accounts → service → http → running
                        ↑
          leases → worker, workforce (the real back end)
"""

from cs336_scaling.server.running import TrainingServer, make_server

__all__ = ["TrainingServer", "make_server"]
