"""For every test of the repository: without a GPU, Triton's kernels run in its interpreter.

Triton decides when it is first imported, whoever imports it, so this must come before all tests.
"""

import os
from pathlib import Path

if not Path("/dev/nvidiactl").exists():
    os.environ.setdefault("TRITON_INTERPRET", "1")
