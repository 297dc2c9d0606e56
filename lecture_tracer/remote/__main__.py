"""`python -m lecture_tracer.remote`: what `remote_execute.sh` calls, in the repository's root."""

import sys

from lecture_tracer.remote.cli import main

sys.exit(main())
