"""Printed text is the same at every run and in every checkout."""

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.recording.printed import settled
from tests.conftest import Record, needs_event_loop, needs_processes

ROOT = "/course"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\n", "plain\n"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("longer\rab\n", "abnger\n"),
        ("longer\r\x1b[Kab\n", "ab\n"),
        ("dos\r\nlines\r\n", "dos\nlines\n"),
        ("waiting\r", "waiting"),
        (
            "\r  0%|     | 0/3 [00:00<?, ?it/s]\r100%|█████| 3/3 [00:01<00:00, 2.99it/s]\n",
            "100%|█████| 3/3\n",
        ),
        ("\r7it [00:01, 3.2it/s]\n", "7it\n"),
        ("a [00:01<00:02] that was not redrawn", "a [00:01<00:02] that was not redrawn"),
        ("/course/lecture_01.py:3: UserWarning: x", "lecture_01.py:3: UserWarning: x"),
        ("in /course and /courses", "in . and /courses"),
        ("/usr/lib/python3/dist-packages/numpy/core.py:1", "numpy/core.py:1"),
        ("x = '/opt/v/lib/python3.11/site-packages/a.py'", "x = 'a.py'"),
    ],
)
def test_settled(text: str, expected: str) -> None:
    assert settled(text, ROOT) == expected


@given(st.text(alphabet="ab\r\n/ ", max_size=40))
def test_no_carriage_return_stays_and_no_line_is_lost(text: str) -> None:
    found = settled(text, ROOT)
    assert "\r" not in found
    assert found.count("\n") == text.count("\n")
    assert settled(found, ROOT) == found


def test_progress_and_warnings_in_a_lecture(record: Record) -> None:
    trace = record(
        """
        import sys, time, warnings
        def main():
            for i in range(3):  # @stepover
                print(f"\\r{i}/3 [00:0{i}<00:00, {time.time()}it/s]", end="", file=sys.stderr)
            text = warnings.formatwarning("look", UserWarning, __file__, 5)
            sys.stderr.write(text)
        """
    )
    assert [step.stderr for step in trace.steps if step.line == 4] == ["0/3", "1/3", "2/3"]
    assert trace.steps[-1].stderr.startswith("lecture_99.py:5: UserWarning: look\n")


def test_the_message_of_a_failure_has_no_absolute_path(record: Record) -> None:
    trace = record(
        "from pathlib import Path\ndef main():\n    Path('gone').resolve().read_text()\n"
    )
    assert trace.failure is not None
    assert trace.failure.message.endswith("] No such file or directory: 'gone'")


def test_notes_of_an_exception_are_kept(record: Record) -> None:
    trace = record(
        """
        def main():
            error = ValueError("no")
            error.add_note("look in settings.toml")
            raise error
        """
    )
    assert trace.failure is not None
    assert trace.failure.message == "no\nlook in settings.toml"


@needs_event_loop
def test_what_is_shown_between_two_activations_is_kept(record: Record) -> None:
    trace = record(
        """
        import asyncio
        from lecture_tracer import text
        async def main():
            loop = asyncio.get_running_loop()
            loop.call_soon(lambda: (print("printed"), text("shown")))
            await asyncio.sleep(0.01)
        """
    )
    (step,) = [step for step in trace.steps if step.stdout]
    assert (step.stdout, len(step.outputs or ())) == ("printed\n", 1)


def test_asking_for_the_trace_function_is_named(record: Record, backend: str) -> None:
    trace = record(
        """
        import sys
        def main():
            x = sys.gettrace() is not None  # @inspect x
        """
    )
    assert trace.steps[0].changes == {"x": backend == "settrace"}
    if backend == "settrace":
        assert trace.warnings == []
    else:
        (warning,) = trace.warnings
        assert warning.startswith("lecture_99.py:3: asks sys.gettrace()")
        assert "--backend settrace" in warning


@needs_processes
@pytest.mark.parametrize(
    "call",
    [
        "subprocess.run(['sh', '-c', 'echo out; echo err >&2'])",
        "subprocess.check_call('echo out; echo err >&2', shell=True)",
        "subprocess.Popen('echo out; echo err >&2', 0, None, None, None, None, shell=True).wait()",
        "os.system('echo out; echo err >&2')",
    ],
)
def test_what_a_program_prints_is_kept_with_its_line(
    record: Record, capfd: pytest.CaptureFixture[str], call: str
) -> None:
    trace = record(
        "import os, subprocess\ndef main():\n    x = 1\n"
        f"    {call}; print('after')\n    print('y')\n"
    )
    found = [(step.line, step.stdout, step.stderr) for step in trace.steps]
    assert found == [(3, "", ""), (4, "out\nafter\n", "err\n"), (5, "y\n", "")]
    assert capfd.readouterr().out == ""


@needs_processes
def test_output_that_goes_elsewhere_is_left_alone(record: Record) -> None:
    before = subprocess.Popen.__init__, os.system
    trace = record(
        """
        import subprocess
        def main():
            x = subprocess.run(["echo", "mine"], capture_output=True).stdout  # @inspect x
            subprocess.run(["echo", "gone"], stdout=subprocess.DEVNULL)
            y = subprocess.check_output(["echo", "also"])  # @inspect y
        """
    )
    assert [step.stdout for step in trace.steps] == ["", "", ""]
    assert len([step for step in trace.steps if step.changes]) == 2
    assert (subprocess.Popen.__init__, os.system) == before
