"""Fixtures for the tests of every lecture: its one recording, and a way to run it offline."""

from tests.lecture_recordings import (
    lecture,
    record_once,
    recorded,
    recording,
    run,
    shared_folder,
    trace,
)

__all__ = ["lecture", "record_once", "recorded", "recording", "run", "shared_folder", "trace"]
