"""Record lectures: `python execute.py -m lecture_01`. All of it is in `lecture_tracer`."""

import sys

from lecture_tracer.command.cli import main

if __name__ == "__main__":
    sys.exit(main())
