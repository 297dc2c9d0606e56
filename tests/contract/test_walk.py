"""One lecture with every kind of statement has the same steps on every Python and backend.

`every_statement.steps.txt` holds them. To accept other steps, delete it and run this test: it fails
once, having written the file, for you to read and commit.
"""

from pathlib import Path

from tests.conftest import Record, needs_event_loop, shown

HERE = Path(__file__).resolve().parent
LECTURE = HERE / "every_statement.py.txt"  # not .py: a formatter would part its lines
EXPECTED = HERE / "every_statement.steps.txt"


@needs_event_loop
def test_the_steps_are_those_that_were_read(record: Record) -> None:
    trace = record(LECTURE.read_text(encoding="utf-8"))
    assert trace.failure is not None
    found = (
        "\n".join([*shown(trace), *trace.warnings, f"{trace.ended}: {trace.failure.message}"])
        + "\n"
    )
    if not EXPECTED.exists():
        EXPECTED.write_text(found, encoding="utf-8")
        raise AssertionError(f"read {EXPECTED.name} and commit it")
    assert found == EXPECTED.read_text(encoding="utf-8")
