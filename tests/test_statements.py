"""What a step shows where a statement raised, bound nothing, spans a loop or opens a scope."""

import pytest

from tests.conftest import Record, needs_event_loop, shown

# --- parameters on entry --------------------------------------------------------------------------


def test_a_definition_shows_its_parameters_on_entry(record: Record) -> None:
    trace = record(
        """
        def f(x, y, *, z=3):  # @inspect x y.real `x + z`
            x = 10
            return x
        def main():
            f(1, 2)
            f(1, 5)
        """
    )
    assert shown(trace) == [
        "main:5", "f:2 x=1 y.real=2 x + z=4", "f:3",
        "main:6", "f:2 x=1 y.real=5 x + z=4", "f:3",
    ]  # fmt: skip
    assert trace.warnings == []


def test_entry_and_first_statement_share_a_step(record: Record) -> None:
    trace = record(
        """
        def f(x):  # @inspect x
            y = x = x + 1  # @inspect x y
        def g(x): return x + 1  # @inspect x
        def main():
            f(1), g(5)
        """
    )
    assert shown(trace) == ["main:5", "f:2 x=2 y=2", "g:3 x=5"]


def test_a_definition_inside_a_function_does_not_look_for_its_parameters(record: Record) -> None:
    trace = record(
        """
        def main():
            a = 1
            def f(x):  # @inspect x
                return x
            def g():  # @inspect
                b = 2
                return b
            f(3), g()
            def h(n):  # @inspect a
                return n
        """
    )
    assert shown(trace) == [
        "main:2", "main:3", "main:5", "main:8", "main.f:4 x=3", "main.g:6 b=2", "main.g:7",
        "main:9 a=1",
    ]  # fmt: skip
    assert trace.warnings == []


def test_a_hidden_first_statement_hides_no_parameter(record: Record) -> None:
    trace = record(
        "def f(x):  # @inspect x\n    y = 1  # @hide\n    return x\ndef main():\n    f(7)\n"
    )
    assert shown(trace) == ["main:5", "f:3 x=7"]


@needs_event_loop
def test_generators_and_coroutines_show_theirs(record: Record) -> None:
    trace = record(
        """
        import asyncio
        def gen(n):  # @inspect n
            yield n
        async def work(k):  # @inspect k
            await asyncio.sleep(0)
        async def main():
            a = list(gen(4))
            await work(5)
        """
    )
    assert [line for line in shown(trace) if "=" in line] == ["gen:3 n=4", "work:5 k=5"]


# --- expressions with a scope of their own --------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("`[n * i for i in xs]`", "[6,2]"),
        ("`any(i > n for i in xs)`", "True"),
        ("`sorted(xs, key=lambda v: -v * n)`", "[3,1]"),
        ("`{i: n for i in xs}[3]`", "2"),
        ("`[[n + i + j for j in xs] for i in xs][0][0]`", "8"),
        ("`(n := 5)`", "5"),
        ("`[m for i in xs if (m := i + n)]`", "[5,3]"),
        ("`len([TOP for _ in xs])`", "2"),
    ],
)
def test_an_expression_with_a_scope_of_its_own(record: Record, expression: str, value: str) -> None:
    trace = record(
        f"TOP = 1\ndef main():\n    n, xs = 2, [3, 1]  # @inspect {expression}\n    print(n)\n"
    )
    label = expression.strip("`")
    assert shown(trace) == [f"main:3 {label}={value}", "main:4 out: 2"]
    assert trace.warnings == []


# --- statements that raised, headers that bound nothing -------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        'try: x = int("a")  # @inspect x\n    except ValueError: pass',
        'try:\n        x = int("a")  # @inspect x\n    except ValueError:\n        pass',
        'try:\n        x = int("a")  # @inspect x\n    except KeyError: pass\n'
        "    except ValueError: pass",
        'try:\n        x = [\n            int("a")]  # @inspect x\n'
        "    except ValueError:\n        y = 1",
        'try:\n        try:\n            x = int("a")  # @inspect x\n        finally:\n'
        "            y = 1\n    except ValueError:\n        z = 1",
        'with suppress(ValueError):\n        x = int("a")  # @inspect x\n    y = 1',
        'with suppress(ValueError): x = int("a")  # @inspect x',
        'with suppress(ValueError):\n        with open("/dev/null"):\n'
        '            x = int("a")  # @inspect x',
        'with suppress(ValueError):\n        for x in [int("a")]:  # @inspect x\n            pass',
        "match [1]:\n        case [1, x]:  # @inspect x\n            pass\n        case _:\n"
        "            pass",
        "match [1]:\n        case [1, x]:  # @inspect x\n            pass\n    y = 1",
        "match [1]:\n        case [1, x]:  # @inspect x\n            pass",
        "for x in []:  # @inspect x\n        pass\n    y = 1",
        "for x in []:  # @inspect x\n        pass",
        "for x in []: pass  # @inspect x",
        'try:\n        int("a")\n    except KeyError as x:  # @inspect x\n        pass\n'
        "    except ValueError:\n        pass",
        "try:\n        fails()\n    except ValueError:\n        pass",
    ],
)
def test_what_raised_or_was_not_entered_has_nothing_to_show(record: Record, body: str) -> None:
    trace = record(
        "from contextlib import suppress\n"
        'def fails():\n    x = int("a")  # @inspect x\n'
        f"def main():\n    {body}\n"
    )
    assert trace.ended == "completed"
    assert trace.warnings == []
    assert [step.changes for step in trace.steps if step.changes] == []


def test_a_lecture_that_fails_shows_nothing_of_the_failing_statement(record: Record) -> None:
    trace = record('def main():\n    y = 1  # @inspect y\n    x = int("a")  # @inspect x y\n')
    assert shown(trace) == ["main:2 y=1", "main:3"]
    assert (trace.ended, trace.warnings) == ("failed", [])


def test_what_ended_before_an_exception_went_on_is_shown(record: Record) -> None:
    trace = record(
        """
        def f():
            try:
                int("a")
            finally:
                y = 2  # @inspect y
        def main():
            try:
                f()
            except ValueError:
                z = 3  # @inspect z
        """
    )
    assert [line for line in shown(trace) if "=" in line] == ["f:5 y=2", "main:10 z=3"]


def test_a_retry_shows_the_time_that_went_well(record: Record) -> None:
    trace = record(
        """
        def main():
            for text in ["a", "5"]:
                try:
                    x = int(text)  # @inspect x
                except ValueError:
                    continue
        """
    )
    assert [line for line in shown(trace) if "=" in line] == ["main:4 x=5"]


def test_a_case_that_matches_shows_its_names(record: Record) -> None:
    trace = record(
        """
        def main():
            match [1, 2]:
                case [x]:  # @inspect x
                    pass
                case [x, y]:  # @inspect x y
                    pass
        """
    )
    assert shown(trace) == ["main:2", "main:3", "main:5 x=1 y=2", "main:6"]


def test_a_name_that_is_nowhere_is_still_a_fault(record: Record) -> None:
    trace = record("def main():\n    for x in [1]:  # @inspect nope\n        pass\n")
    assert trace.warnings == [
        "lecture_99.py:2: cannot inspect 'nope': name 'nope' is not defined (inspect-failed)"
    ]


# --- the name of a handler ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "handler",
    [
        "except ValueError as e:\n        print(e)  # @inspect e",
        "except ValueError as e: print(e)  # @inspect e",
        "except ValueError as e:\n        if True:\n            print(e)  # @inspect e",
        "except ValueError as e:\n        for _ in [1]:\n            print(e)  # @inspect e",
        "except* ValueError as e:\n        print(e.exceptions[0])  # @inspect e.exceptions[0]",
    ],
)
def test_the_last_line_of_a_handler_shows_the_exception(record: Record, handler: str) -> None:
    trace = record(
        f'def main():\n    try:\n        raise ValueError("no")\n    {handler}\n    y = 1\n'
    )
    found = [value for step in trace.steps for value in (step.changes or {}).values()]
    assert [value.text for value in found] == ["ValueError('no')"]  # type: ignore[union-attr]
    assert trace.warnings == []


def test_an_expression_of_the_exception_is_read_too(record: Record) -> None:
    trace = record(
        """
        def main():
            try:
                raise ValueError("no")
            except ValueError as e:
                message = str(e)  # @inspect message e.args `[str(e) for _ in "a"]`
        """
    )
    changes = trace.steps[-1].changes
    assert changes is not None
    assert list(changes) == ["message", "e.args", '[str(e) for _ in "a"]']
    assert trace.warnings == []


# --- loops of one line ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("for i in range(3): t += i  # @inspect t", ["t=0", "t=1", "t=3"]),
        ("for i in range(3): t += i; u = t  # @inspect i u",
         ["i=0 u=0", "i=1 u=1", "i=2 u=3"]),
        ("for i in range(2): x = [j for j in range(3)]; t += len(x)  # @inspect t",
         ["t=3", "t=6"]),
        ("for i in [j for j in range(2)]: t += i + 1  # @inspect t", ["t=1", "t=3"]),
        ("for i in []: t += i  # @inspect t", ["t=0"]),
        ("for i in [5]: t += i  # @inspect t", ["t=5"]),
        ("for i in range(3): break  # @inspect i", ["i=0"]),
        ("for i in range(2): continue  # @inspect i", ["i=0", "i=1"]),
        ("while t < 3: t += 1  # @inspect t", ["t=1", "t=2", "t=3"]),
        ("while t < 2 or t == 2: t += 1  # @inspect t", ["t=1", "t=2", "t=3"]),
        ("while any(t < k for k in [2]): t += 1  # @inspect t", ["t=1", "t=2"]),
        ("while [k for k in [2] if t < k]: t += 1  # @inspect t", ["t=1", "t=2"]),
        ("while False: t += 1  # @inspect t", ["t=0"]),
        ("for i in range(3): t += i  # @inspect t @stepover", ["t=3"]),
        ("for i in range(3): print(i)", ["out: 0", "out: 1", "out: 2"]),
        ("for i in range(3): pass", ["", "", ""]),
        ("for i in range(3): pass  # @stepover", [""]),
    ],
)  # fmt: skip
def test_each_turn_of_a_loop_of_one_line_is_a_step(
    record: Record, loop: str, expected: list[str]
) -> None:
    trace = record(f"def main():\n    t = 0\n    {loop}\n    y = 1\n")
    lines = shown(trace)
    assert lines[0] == "main:2"
    assert [line.removeprefix("main:3").strip() for line in lines[1:-1]] == expected
    assert trace.warnings == []


def test_a_loop_of_one_line_at_the_end_and_within_a_loop(record: Record) -> None:
    trace = record(
        """
        def main():
            t = 0
            for k in range(2):
                for i in range(2): t += 1  # @inspect t
        """
    )
    assert shown(trace) == [
        "main:2", "main:3", "main:4 t=1", "main:4 t=2", "main:3", "main:4 t=3", "main:4 t=4",
        "main:3",
    ]  # fmt: skip


def test_turns_that_call_and_raise(record: Record) -> None:
    trace = record(
        """
        def f(n):
            return 1 // n
        def main():
            try:
                for i in (1, 0): x = f(i)  # @inspect x
            except ZeroDivisionError:
                y = 1
        """
    )
    assert shown(trace) == [
        "main:4", "main:5", "f:2", "main:5+ x=1", "main:5", "f:2", "main:6", "main:7",
    ]  # fmt: skip


def test_turns_over_a_recorded_generator(record: Record) -> None:
    trace = record(
        """
        def gen():
            yield 1
            yield 2
        def main():
            t = 0
            for i in gen(): t += i  # @inspect t
            return t
        """
    )
    assert [line for line in shown(trace) if "t=" in line] == ["main:6+ t=1", "main:6+ t=3"]
    assert shown(trace)[-1] == "main:7"


@needs_event_loop
def test_an_asynchronous_loop_of_one_line(record: Record) -> None:
    trace = record(
        """
        import asyncio
        class Numbers:  # @stepover
            def __init__(self): self.n = 0  # @stepover
            def __aiter__(self): return self  # @stepover
            async def __anext__(self):  # @stepover
                await asyncio.sleep(0)
                self.n += 1
                if self.n > 3: raise StopAsyncIteration
                return self.n
        async def main():
            t = 0
            async for i in Numbers(): t += i  # @inspect t
            return t
        """
    )
    assert [line for line in shown(trace) if "t=" in line] == [
        "main:12 t=1", "main:12 t=3", "main:12 t=6",
    ]  # fmt: skip
    assert [step.line for step in trace.steps] == [11, 12, 12, 12, 13]


def test_a_loop_of_one_line_keeps_to_the_limit(record: Record) -> None:
    trace = record("def main():\n    x = 0\n    while True: x += 1\n", max_steps=50)
    assert (trace.ended, len(trace.steps)) == ("max-steps", 50)


def test_a_long_body_of_one_line(record: Record) -> None:
    """Jumps so far that they need a prefix."""
    body = "; ".join(f"a{n} = t + {n}" for n in range(300))
    trace = record(f"def main():\n    t = 0\n    for i in range(3): t += i; {body}  # @inspect t\n")
    assert shown(trace) == ["main:2", "main:3 t=0", "main:3 t=1", "main:3 t=3"]
