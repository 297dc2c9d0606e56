"""`edtrace` 0.1.20 by its names: see `lecture_tracer.authoring.compat`."""

from lecture_tracer.authoring.compat.adapters import *
