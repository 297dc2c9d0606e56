"""`python -m lecture_tracer.report`."""

import sys

from lecture_tracer.report.command import main

if __name__ == "__main__":
    sys.exit(main())
