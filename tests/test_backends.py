"""What a lecture's run looks like as steps, over every event backend of the interpreter."""

import sys
import threading

import pytest

from lecture_tracer.errors import BackendUnavailable
from lecture_tracer.recording.backends.choose import choose_source
from tests.conftest import BACKENDS, Record, needs_event_loop, needs_threads, shown


def test_lines_in_order(record: Record) -> None:
    trace = record(
        """
        def main():
            x = 1  # @inspect x
            y = x + 1
        """
    )
    assert shown(trace) == ["main:2 x=1", "main:3"]


def test_a_loop_shows_every_turn(record: Record) -> None:
    trace = record(
        """
        from lecture_tracer import text
        def main():
            for i in range(2):  # @inspect i
                text(f"turn {i}")
        """
    )
    assert shown(trace) == [
        "main:3 i=0", "main:4 > turn 0", "main:3 i=1", "main:4 > turn 1", "main:3",
    ]  # fmt: skip


def test_a_while_body_is_inspected_at_every_turn(record: Record) -> None:
    trace = record(
        """
        def main():
            x = 0
            while True:
                x += 1  # @inspect x
                if x == 2:
                    break
        """
    )
    assert [line for line in shown(trace) if "=" in line] == ["main:4 x=1", "main:4 x=2"]


def test_a_loop_whose_body_is_one_line_repeats_it(record: Record) -> None:
    trace = record(
        """
        def main():
            x = iter([1, 2, 3])
            try:
                while True:
                    y = next(x)  # @inspect y
            except StopIteration:
                pass
        """
    )
    assert [line for line in shown(trace) if "=" in line] == [
        "main:5 y=1", "main:5 y=2", "main:5 y=3",
    ]  # fmt: skip


def test_a_call_comes_before_its_result(record: Record) -> None:
    trace = record(
        """
        def double(n):
            return 2 * n
        def main():
            y = double(3)  # @inspect y
        """
    )
    assert shown(trace) == ["main:4", "double:2", "main:4+ y=6"]
    assert trace.frames[1].parent == 0
    assert trace.frames[1].call_step == 0


def test_recursion_has_a_frame_for_each_activation(record: Record) -> None:
    trace = record(
        """
        def down(n):  # @inspect
            if n:
                down(n - 1)
        def main():
            down(2)
        """
    )
    assert [frame.parent for frame in trace.frames] == [None, 0, 1, 2]
    assert [line for line in shown(trace) if "n=" in line] == [
        "down:2 n=2", "down:2 n=1", "down:2 n=0",
    ]  # fmt: skip


def test_a_generator_keeps_its_frame(record: Record) -> None:
    trace = record(
        """
        def numbers():
            yield 1
            yield 2
        def main():
            for n in numbers():  # @inspect n
                pass
        """
    )
    assert shown(trace) == [
        "main:5", "numbers:2", "main:5+ n=1", "main:6",
        "main:5", "numbers:3", "main:5+ n=2", "main:6", "main:5",
    ]  # fmt: skip
    assert len(trace.frames) == 2


def test_throwing_into_a_generator_resumes_it(record: Record) -> None:
    trace = record(
        """
        def careful():
            try:
                yield 1
            except ValueError:
                yield 2
        def main():
            g = careful()
            next(g)
            x = g.throw(ValueError())  # @inspect x
        """
    )
    assert shown(trace)[-3:] == ["careful:4", "careful:5", "main:9+ x=2"]
    assert len(trace.frames) == 2


@needs_event_loop
def test_coroutines_interleave(record: Record) -> None:
    trace = record(
        """
        import asyncio
        async def work(name):
            await asyncio.sleep(0)
            return name
        async def main():
            both = await asyncio.gather(work("a"), work("b"))  # @inspect both
        """
    )
    assert [frame.function for frame in trace.frames] == ["main", "work", "work"]
    assert shown(trace)[-1] == "main:6+ both=['a','b']"
    assert trace.ended == "completed"


@needs_event_loop
def test_asyncio_run_inside_a_lecture(record: Record) -> None:
    trace = record(
        """
        import asyncio
        async def answer():
            await asyncio.sleep(0)
            return 42
        def main():
            x = asyncio.run(answer())  # @inspect x
        """
    )
    assert shown(trace) == ["main:6", "answer:3", "answer:4", "main:6+ x=42"]


def test_comprehensions_and_lambdas_stay_on_their_line(record: Record) -> None:
    trace = record(
        """
        def main():
            square = lambda n: n * n
            a = [square(n)
                 for n in range(3)]  # @inspect a
            b = {n: n for n in a}
            c = sum(n for n in a)  # @inspect c
        """
    )
    assert shown(trace) == ["main:2", "main:3 a=[0,1,4]", "main:5", "main:6 c=5"]


def test_a_function_called_in_a_comprehension_is_stepped_into(record: Record) -> None:
    trace = record(
        """
        def f(n):
            return n
        def main():
            a = [f(n) for n in range(2)]  # @inspect a
        """
    )
    assert shown(trace) == ["main:4", "f:2", "f:2", "main:4+ a=[0,1]"]


def test_decorated_functions(record: Record) -> None:
    trace = record(
        """
        import functools
        def twice(f):  # @stepover
            @functools.wraps(f)
            def wrapper(*args):
                return f(*args) + f(*args)
            return wrapper
        def main():
            @twice
            def one():
                return 1
            x = one()  # @inspect x
        """
    )
    assert shown(trace) == [
        "main:8", "main:11", "twice.wrapper:5", "main.one:10", "main.one:10", "main:11+ x=2",
    ]  # fmt: skip


def test_context_managers(record: Record) -> None:
    trace = record(
        """
        from contextlib import contextmanager
        @contextmanager
        def door():
            print("open")
            yield "key"
            print("shut")
        def main():
            with door() as key:  # @inspect key
                print(key)
        """
    )
    lines = shown(trace)
    assert lines[0] == "main:8"
    assert [line for line in lines if "out:" in line] == [
        "door:4 out: open", "main:9 out: key", "door:6 out: shut",
    ]  # fmt: skip
    assert "main:8+ key='key'" in lines


def test_match(record: Record) -> None:
    trace = record(
        """
        def main():
            match [1, 2]:
                case [1]:
                    x = "one"
                case [1, y]:
                    x = "two"  # @inspect x y
        """
    )
    assert shown(trace) == ["main:2", "main:3", "main:5", "main:6 x='two' y=2"]


def test_exceptions_close_the_frames_they_leave(record: Record) -> None:
    trace = record(
        """
        def fails():
            raise ValueError("no")
        def main():
            try:
                fails()
            except ValueError as error:
                x = str(error)  # @inspect x
            y = 1
        """
    )
    assert shown(trace) == ["main:4", "main:5", "fails:2", "main:6", "main:7 x='no'", "main:8"]


def test_class_bodies_and_methods(record: Record) -> None:
    trace = record(
        """
        class Counter:
            def __init__(self):
                self.n = 0
            def add(self):
                self.n += 1  # @inspect self.n
        def main():
            c = Counter()
            c.add()
        """
    )
    assert shown(trace) == ["main:7", "Counter.__init__:3", "main:8", "Counter.add:5 self.n=1"]


def test_stepover_records_the_line_only(record: Record) -> None:
    trace = record(
        """
        from lecture_tracer import text
        def helper():
            text("from the helper")
            return 1
        def main():
            x = helper()  # @inspect x @stepover
        """
    )
    assert shown(trace) == ["main:6 x=1 > from the helper"]


def test_outputs_of_a_recorded_helper_land_on_its_own_line(record: Record) -> None:
    trace = record(
        """
        from lecture_tracer import text
        def helper():
            text("inside")
        def main():
            helper()
            text("outside")
        """
    )
    assert shown(trace) == ["main:5", "helper:3 > inside", "main:6 > outside"]


def test_other_files_are_entered_on_request(record: Record) -> None:
    files = {"helpers.py": "def inner():\n    return 2\ndef outer():\n    return inner() + 1\n"}
    trace = record(
        """
        import helpers
        def main():
            a = helpers.outer()
            b = helpers.outer()  # @stepinto
            c = helpers.outer()  # @stepinto 1
        """,
        files,
    )
    assert shown(trace) == [
        "main:3", "main:4", "outer:4", "inner:2", "main:5", "outer:4",
    ]  # fmt: skip
    assert trace.frames[1].path == "helpers.py"
    assert "inner" in trace.files["helpers.py"].text


@pytest.mark.parametrize(
    ("directive", "expected"),
    [("", "double:2 n=2 twice=4"), ("  # @inspect twice", "double:2 twice=4")],
)
def test_an_entered_file_shows_all_locals_unless_it_says_what(
    record: Record, directive: str, expected: str
) -> None:
    files = {"helpers.py": f"def double(n):\n    twice = 2 * n{directive}\n    return twice\n"}
    trace = record("import helpers\ndef main():\n    helpers.double(2)  # @stepinto\n", files)
    assert shown(trace)[1] == expected


def test_libraries_are_never_entered(record: Record) -> None:
    trace = record(
        """
        import json
        def main():
            x = json.loads("[1]")  # @stepinto @inspect x
        """
    )
    assert shown(trace) == ["main:3 x=[1]"]
    assert list(trace.files) == ["lecture_99.py"]


def test_a_callback_from_a_library_is_recorded(record: Record) -> None:
    trace = record(
        """
        import functools
        def add(a, b):
            return a + b
        def main():
            x = functools.reduce(add, [1, 2, 3])  # @inspect x
        """
    )
    assert shown(trace) == ["main:5", "add:3", "add:3", "main:5+ x=6"]


def test_hidden_lines_run_unseen(record: Record) -> None:
    trace = record(
        """
        from lecture_tracer import text
        def main():
            x = 1  # @hide
            if x:  # @hide
                text("not shown")
                x = 2
            y = x  # @inspect y
        """
    )
    assert shown(trace) == ["main:7 y=2"]
    assert trace.files["lecture_99.py"].hidden == [(3, 6)]


def test_inspect_alone_and_on_a_definition(record: Record) -> None:
    trace = record(
        """
        def f(a):  # @inspect
            b = a + 1
            return b
        def main():
            x = 1
            y = f(x)  # @inspect
        """
    )
    assert shown(trace) == ["main:5", "main:6", "f:2 a=1 b=2", "f:3", "main:6+ x=1 y=2"]


def test_inspecting_all_variables(record: Record) -> None:
    trace = record("def main():\n    x = 1\n    y = x\n    x = 2\n", inspect_all=True)
    assert shown(trace) == ["main:2 x=1", "main:3 y=1", "main:4 x=2"]


def test_clear_takes_a_value_off(record: Record) -> None:
    trace = record("def main():\n    x = 1  # @inspect x\n    y = 2  # @clear x\n")
    assert shown(trace) == ["main:2 x=1", "main:3 -x"]


def test_a_value_is_taken_when_its_statement_ends(record: Record) -> None:
    trace = record(
        """
        def main():
            x = [1]  # @inspect x
            x.append(2)
            x.append(3)  # @inspect x
        """
    )
    assert shown(trace) == ["main:2 x=[1]", "main:3", "main:4 x=[1,2,3]"]


def test_an_expression_without_value_says_so_and_warns(record: Record) -> None:
    trace = record("def main():\n    x = 1  # @inspect nothing\n")
    assert shown(trace) == ["main:2 nothing=name 'nothing' is not defined"]
    assert trace.warnings == [
        "lecture_99.py:2: cannot inspect 'nothing': name 'nothing' is not defined (inspect-failed)"
    ]


@needs_threads
def test_other_threads_are_ignored(record: Record) -> None:
    trace = record(
        """
        import threading
        def work():
            for _ in range(100):
                pass
        def main():
            t = threading.Thread(target=work)
            t.start()
            t.join()
        """
    )
    assert shown(trace) == ["main:6", "main:7", "main:8"]
    assert trace.thread == threading.current_thread().name


@pytest.mark.skipif(len(BACKENDS) < 2, reason="this Python has one backend")
@pytest.mark.parametrize("other_files", [False, True])
def test_both_backends_give_the_same_trace(record: Record, other_files: bool) -> None:
    """Run by the fixture once with each; the first result is kept for the second."""
    source = """
        import helpers
        def gen(n):
            for i in range(n):
                yield i * 2  # @inspect i
        def main():
            total = 0
            for v in gen(3):
                total += v  # @inspect total
            words = sorted(["bb", "a"],
                           key=lambda w: len(w))  # @inspect words
            try:
                helpers.fail()%s
            except ZeroDivisionError as error:
                message = str(error)
            with open("/dev/null") as file:
                rest = file.read()
            return total
        """
    helpers = "def fail():\n    x = 0\n    return 1 / x\n"
    trace = record(source % ("  # @stepinto" if other_files else ""), {"helpers.py": helpers})
    earlier = _SEEN.setdefault(other_files, trace)
    assert trace == earlier


_SEEN: dict[bool, object] = {}


def test_every_hook_is_given_back(record: Record) -> None:
    before = sys.gettrace()
    set_trace = sys.settrace
    record("def main():\n    raise ValueError\n")
    assert sys.gettrace() is before
    assert sys.settrace is set_trace
    if sys.version_info >= (3, 12):
        assert [sys.monitoring.get_tool(tool) for tool in (3, 4)] == [None, None]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring")
def test_a_taken_tool_id_is_left_alone_and_full_ids_are_named() -> None:
    taken = [tool for tool in range(6) if sys.monitoring.get_tool(tool) is None]
    for tool in taken:
        sys.monitoring.use_tool_id(tool, f"tool{tool}")
    try:
        source, reason = choose_source("auto", lambda code: False)
        assert (source.name, reason) == ("settrace", "every sys.monitoring tool id is taken")
        with pytest.raises(BackendUnavailable, match=r"3: tool3.*--backend settrace"):
            choose_source("monitoring", lambda code: False)[0].start(None, [], False)  # type: ignore[arg-type]
    finally:
        for tool in taken:
            sys.monitoring.free_tool_id(tool)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="has sys.monitoring")
def test_monitoring_is_refused_with_advice_on_older_pythons() -> None:
    with pytest.raises(BackendUnavailable, match=r"needs Python 3\.12 .* --backend settrace"):
        choose_source("monitoring", lambda code: False)


def test_a_lecture_that_uses_up_the_stack_is_kept(record: Record) -> None:
    trace = record("""
        def down(n):
            return down(n + 1)  # @inspect n

        def main():
            try:
                down(0)
            finally:
                print("never mind")
    """)
    assert trace.failure is not None
    assert trace.failure.type == "RecursionError"
    assert shown(trace)[:4] == ["main:5", "main:6", "down:2", "down:2"]
    assert len(trace.frames) > 500


def test_recording_goes_on_after_the_stack_was_used_up(record: Record, backend: str) -> None:
    trace = record("""
        def down():
            down()

        def main():
            try:
                down()
            except RecursionError:
                text = "back"  # @inspect text
    """)
    if backend == "monitoring":
        assert shown(trace)[-2:] == ["main:7", "main:8 text='back'"]
    else:  # the interpreter drops a trace function that it has no room to call
        assert "events-lost" in trace.warnings[-1]


def test_losing_the_trace_function_is_said(record: Record, backend: str) -> None:
    trace = record("""
        from sys import settrace

        def main():
            settrace(None)
            x = 1
    """)
    if backend == "monitoring":
        assert shown(trace) == ["main:4", "main:5"]
    else:
        assert trace.warnings[0].startswith("lecture_99.py: lines after step 1 are not recorded")


@pytest.mark.parametrize("waits", ["await asyncio.sleep(9)", "await inner()"])
@needs_event_loop
def test_a_cancelled_coroutine_keeps_its_frame(record: Record, waits: str) -> None:
    trace = record(
        f"""
        import asyncio
        async def inner():
            await asyncio.sleep(9)
        async def work():
            try:
                {waits}
            except asyncio.CancelledError:
                x = 1  # @inspect x
                raise
        async def main():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
            task.cancel()
            try:
                await asyncio.wait_for(work(), 0.01)
            except TimeoutError:
                y = 2  # @inspect y
        """
    )
    functions = [frame.function for frame in trace.frames]
    assert functions.count("work") == 2
    assert functions.count("inner") == (2 if "inner" in waits else 0)
    assert [line for line in shown(trace) if "=" in line] == [
        "work:8 x=1", "work:8 x=1", "main:17 y=2",
    ]  # fmt: skip


def test_throwing_into_a_generator_that_has_not_begun(record: Record) -> None:
    trace = record(
        """
        def gen():
            yield 1
        def main():
            try:
                gen().throw(ValueError("no"))
            except ValueError:
                x = 1  # @inspect x
        """
    )
    assert shown(trace) == ["main:4", "main:5", "main:6", "main:7 x=1"]
    assert len(trace.frames) == 1


@pytest.mark.parametrize("directive", ["", "  # @stepinto"])
def test_code_that_is_compiled_again_is_not_the_lecture(record: Record, directive: str) -> None:
    trace = record(
        f"""
        import types
        SOURCE = "def again():\\n    return 1\\nagain()\\n"
        def one():
            return 1
        def main():
            exec(compile(SOURCE, __file__, "exec"), {{}}){directive}
            copy = types.FunctionType(one.__code__.replace(co_name="two"), {{}})
            x = copy()  # @inspect x
        """
    )
    assert shown(trace) == ["main:6", "main:7", "main:8 x=1"]
