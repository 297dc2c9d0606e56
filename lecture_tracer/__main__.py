"""`python -m lecture_tracer -m lecture_01`."""

import sys

from lecture_tracer.command.cli import main

sys.exit(main())
