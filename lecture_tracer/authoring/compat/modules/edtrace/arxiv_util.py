"""`edtrace.arxiv_util`: see `lecture_tracer.authoring.compat`."""

from lecture_tracer.authoring.compat.adapters import *
