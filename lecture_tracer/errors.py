"""Every error that a user can meet, with the slug that names it in docs and problem JSON.

A message is one line: what is wrong, where, and what to do. The command prints it with its slug
and exits with `exit_code`.
"""


class LectureTracerError(Exception):
    """Base of all errors of the project. `slug` is stable; `exit_code` is the command's."""

    slug = "error"
    exit_code = 2


class UsageError(LectureTracerError):
    """The command line asks for something that cannot be done."""

    slug = "usage"


class LectureNotFound(LectureTracerError):
    """No file has the name that was asked for."""

    slug = "lecture-not-found"


class CourseInvalid(LectureTracerError):
    """`course.toml` says something that cannot be understood."""

    slug = "course"


class LectureInvalid(LectureTracerError):
    """The lecture cannot start: syntax error, failing import, no `main`."""

    slug = "lecture-invalid"
    exit_code = 1


class LectureInterrupted(LectureTracerError):
    """Ctrl-C came before the lecture began, so that there is nothing to save."""

    slug = "lecture-interrupted"
    exit_code = 1


class OutputError(LectureTracerError):
    """The folder for traces cannot be written."""

    slug = "output"


class TraceFormatError(LectureTracerError):
    """A file is not a trace of a version that this engine reads."""

    slug = "trace-format"


class BackendUnavailable(LectureTracerError):
    """The asked-for event source cannot be used on this interpreter."""

    slug = "backend-unavailable"


class AssetError(LectureTracerError):
    """An image or record could not be fetched or read."""

    slug = "asset"


class BenchmarkError(LectureTracerError):
    """A benchmark has no record and cannot be measured on this machine."""

    slug = "benchmark"


class ViewerNotBuilt(LectureTracerError):
    """The page that shows traces has not been built."""

    slug = "viewer-not-built"


class PublishError(LectureTracerError):
    """Something that is needed to publish is missing or in the way."""

    slug = "publish"


class StepLimitReached(BaseException):
    """Raised by the recorder into a lecture that has used up its steps.

    Not an Exception: a lecture that catches those in a loop must stop too.
    """
