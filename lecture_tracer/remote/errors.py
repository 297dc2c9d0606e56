"""What can go wrong between this machine and the cluster, each with a stable slug."""

from lecture_tracer.errors import LectureTracerError


class RemoteError(LectureTracerError):
    """A remote run cannot go on; the message names the thing, the place and the next move.

    `slug` and `exit_code` are the instance's own: docs/remote.md lists them.
    """

    def __init__(self, slug: str, message: str, *, exit_code: int = 2) -> None:
        super().__init__(message)
        self.slug = slug
        self.exit_code = exit_code


class ConnectionLostError(RemoteError):
    """The ssh connection broke or could not be opened; the same step may be tried again."""

    def __init__(self, message: str) -> None:
        super().__init__("connection-lost", message, exit_code=8)
