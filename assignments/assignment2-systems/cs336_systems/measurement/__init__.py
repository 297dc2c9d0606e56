"""How a figure is taken: clocks, labels, memory, and what a record says of its origin."""

import os

# Kineto, the profiler's library, writes notes for tracing tools to the terminal; 9: silence.
os.environ.setdefault("KINETO_LOG_LEVEL", "9")
