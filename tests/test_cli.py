"""The command as a person runs it: real processes, exit codes and files."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lecture_tracer.trace.store import load

ROOT = Path(__file__).resolve().parent.parent
Execute = Callable[..., subprocess.CompletedProcess[str]]

GOOD = 'from lecture_tracer import text\ndef main():\n    text("# Good")\n    x = 1  # @inspect x\n'
BAD = "def main():\n    x = 1\n    1 / 0\n"


@pytest.fixture
def execute(checkout: Path) -> Execute:
    """Run `execute.py` in the checkout."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "execute.py"), *arguments],
            cwd=checkout, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


def write(folder: Path, **lectures: str) -> None:
    for name, text in lectures.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["lecture_01", "lecture_01.py", "./lecture_01.py"])
def test_one_lecture(execute: Execute, checkout: Path, name: str) -> None:
    write(checkout, lecture_01=GOOD)
    done = execute("-m", name)
    assert done.returncode == 0, done.stderr
    trace = load(checkout / "var/traces/lecture_01.json")
    assert (trace.title, len(trace.steps)) == ("Good", 2)
    index = json.loads((checkout / "var/traces/index.json").read_text())
    assert [entry["title"] for entry in index["traces"]] == ["Good"]
    assert "lecture_01: 2 steps" in done.stderr


def test_several_go_on_past_a_failure_and_end_with_a_table(
    execute: Execute, checkout: Path
) -> None:
    write(checkout, lecture_01=GOOD, lecture_02=BAD, lecture_03=GOOD)
    done = execute("--all", "-j", "2")
    assert done.returncode == 1
    rows = done.stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["lecture", "lecture_01", "lecture_02", "lecture_03"]
    assert rows[2].endswith("failed: lecture_02.py:3: ZeroDivisionError: division by zero")
    assert len(load(checkout / "var/traces/lecture_02.json").steps) == 2


def test_no_state_leaks_from_one_lecture_to_the_next(execute: Execute, checkout: Path) -> None:
    leak = "import sys\ndef main():\n    x = sys.modules.get('shared_state')  # @inspect x\n"
    make = "import sys\ndef main():\n    sys.modules['shared_state'] = sys\n"
    write(checkout, lecture_01=make, lecture_02=leak)
    assert execute("-q", "--all").returncode == 0
    assert load(checkout / "var/traces/lecture_02.json").steps[0].changes == {"x": None}


def test_check_compares_and_changes_nothing(execute: Execute, checkout: Path) -> None:
    write(checkout, lecture_01=GOOD)
    file = "var/traces/lecture_01.json"
    done = execute("-m", "lecture_01", "--check")
    assert done.returncode == 1
    missing = f"lecture_01: no stored trace {file}; record it first (check)\n"
    assert (done.stdout, done.stderr) == ("", missing)
    execute("-m", "lecture_01")
    done = execute("-m", "lecture_01", "--check")
    assert (done.returncode, done.stdout) == (0, "lecture_01: as stored\n")
    assert f", {file} (" in done.stderr
    stored = (checkout / file).read_bytes()
    write(checkout, lecture_01=GOOD.replace("x = 1", "x = 2"))
    done = execute("-m", "lecture_01", "--check")
    assert done.returncode == 1
    assert done.stderr == (
        f"lecture_01: the trace differs from {file}: "
        "sources lecture_01.py; steps, first lecture_01.py:4 (check)\n"
    )
    assert done.stdout.startswith("lecture_01:\n")
    assert "the source changed" in done.stdout
    assert '"x":1' in done.stdout
    assert '"x":2' in done.stdout
    assert (checkout / "var/traces/lecture_01.json").read_bytes() == stored


def test_check_of_a_trace_that_cannot_be_read(execute: Execute, checkout: Path) -> None:
    write(checkout, lecture_01=GOOD)
    execute("-m", "lecture_01")
    (checkout / "var/traces/lecture_01.json").write_text('{"schema": 0}')
    done = execute("-m", "lecture_01", "--check")
    assert done.returncode == 1
    assert done.stderr.startswith("lecture_01: var/traces/lecture_01.json: trace format 0, but")


def test_strict_makes_a_warning_an_error(execute: Execute, checkout: Path) -> None:
    write(checkout, lecture_01="def main():\n    x = 1  # @inspct x\n")
    assert execute("-m", "lecture_01").returncode == 0
    done = execute("-m", "lecture_01", "--strict")
    assert done.returncode == 1
    assert "did you mean '@inspect'?" in done.stderr


def test_a_useless_directive_is_said_and_is_no_error(execute: Execute, checkout: Path) -> None:
    write(checkout, lecture_01="def main():\n    x = len([])  # @stepover\n")
    done = execute("-m", "lecture_01", "--strict")
    assert done.returncode == 0
    assert "hint: lecture_01.py: '@stepover' does nothing on line 2:" in done.stderr
    assert execute("-q", "-m", "lecture_01").stderr == ""


def test_a_stepinto_that_recorded_nothing_is_an_error_under_strict(
    execute: Execute, checkout: Path
) -> None:
    write(checkout, lecture_01="def main():\n    x = len([])  # @stepinto\n")
    done = execute("-m", "lecture_01")
    assert done.returncode == 0
    assert "warning: lecture_01.py:2: '@stepinto' recorded no step" in done.stderr
    assert execute("-m", "lecture_01", "--strict").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "lecture_1"], "no lecture 'lecture_1'"),
        (["-m", "lecture_o1"], "did you mean 'lecture_01'?"),
        (["-q"], "nothing to record; give -m LECTURE or --all"),
        (["-m", "my lecture.py"], "my lecture.py: not the name of a module; rename it"),
        (["-m", "statistics.py"], "statistics.py hides Python's module 'statistics'; rename it"),
        (["-m", "lecture_01", "-j", "0"], "-j 0: give at least 1"),
        (["-m", "lecture_01", "--max-steps", "0"], "--max-steps 0: give at least 1"),
        (["-m", "lecture_01", "-o", "/dev/null/x"], "cannot write traces to '/dev/null/x'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    execute: Execute, checkout: Path, arguments: list[str], message: str
) -> None:
    write(checkout, lecture_01=GOOD, statistics=GOOD, **{"my lecture": GOOD})
    done = execute(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (checkout / "var").exists()


def test_a_lecture_that_cannot_start_is_exit_1(execute: Execute, checkout: Path) -> None:
    write(checkout, lecture_01="import nothing_here\ndef main(): pass\n")
    done = execute("-m", "lecture_01")
    assert done.returncode == 1
    assert "lecture_01.py:1: import fails: ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (checkout / "var/traces/lecture_01.json").exists()


def test_a_failing_lecture_never_destroys_the_earlier_trace(
    execute: Execute, checkout: Path
) -> None:
    write(checkout, lecture_01=GOOD)
    execute("-m", "lecture_01")
    write(checkout, lecture_01="import os\ndef main():\n    x = 1\n    os.abort()\n")
    done = execute("-m", "lecture_01")
    assert done.returncode == 1
    assert "lecture_01.py:4: the interpreter died (SIGABRT)" in done.stderr
    assert load(checkout / "var/traces/lecture_01.json").title == "Good"


def start(checkout: Path) -> subprocess.Popen[str]:
    """The command, recording lecture_01, when that has written the file `started`."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "execute.py"), "-m", "lecture_01"],
        cwd=checkout, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while not (checkout / "started").exists():
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_what_was_recorded(checkout: Path, number: signal.Signals) -> None:
    endless = """
import time
from pathlib import Path
def main():
    x = 1  # @inspect x
    Path("started").touch()
    time.sleep(60)
"""
    write(checkout, lecture_01=endless)
    process = start(checkout)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "interrupted after 3 steps" in errors
    trace = load(checkout / "var/traces/lecture_01.json")
    assert trace.ended == "interrupted"
    assert trace.steps[0].changes == {"x": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is there on Linux only")
def test_a_killed_command_takes_its_processes_along(checkout: Path) -> None:
    busy = """
import os, subprocess
from pathlib import Path
child = subprocess.Popen(["sleep", "60"])
fork = os.fork()
if fork == 0:
    os.execvp("sleep", ["sleep", "60"])
def main():
    ids = [os.getpid(), child.pid, fork]
    Path("starting").write_text(" ".join(map(str, ids)))
    Path("starting").rename("started")
    sum(range(10**12))
"""
    write(checkout, lecture_01=busy)
    process = start(checkout)
    running = [Path("/proc", number) for number in (checkout / "started").read_text().split()]
    assert all(is_alive(one) for one in running)
    process.kill()
    process.wait()
    for _ in range(200):
        if not any(is_alive(one) for one in running):
            return
        time.sleep(0.05)
    os.killpg(int(running[0].name), signal.SIGKILL)
    pytest.fail("a process outlived the command")


def is_alive(process: Path) -> bool:
    """Whether a process of /proc runs; one that nobody has waited for yet does not."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_a_lecture_leaves_running_does_not_end_the_recording(
    execute: Execute, checkout: Path
) -> None:
    write(
        checkout,
        lecture_01="""
import os, time
from pathlib import Path
def main():
    if os.fork() == 0:
        os.close(1), os.close(2)
        time.sleep(0.5)
        os._exit(0)
    x = 1
""",
    )
    assert execute("-m", "lecture_01").returncode == 0
    assert len(load(checkout / "var/traces/lecture_01.json").steps) == 2


def test_ctrl_c_before_main_is_one_line(checkout: Path) -> None:
    slow = """
import time
from pathlib import Path
Path("started").touch()
time.sleep(60)
def main(): pass
"""
    write(checkout, lecture_01=slow)
    process = start(checkout)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    message = "lecture_01: lecture_01.py: interrupted before main() began (lecture-interrupted)\n"
    assert errors == message


STUBBORN = """
import time
from pathlib import Path
def main():
    Path("started").touch()
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            Path("interrupted").touch()
"""
LEAVES_A_THREAD = """
import threading, time
from pathlib import Path
def main():
    threading.Thread(target=time.sleep, args=(60,)).start()
    Path("started").touch()
"""


@pytest.mark.parametrize(
    ("source", "sign", "message"),
    [
        (STUBBORN, "interrupted", "lecture_01.py:8: killed, since it did not stop when"),
        (LEAVES_A_THREAD, "var/traces/lecture_01.json", "lecture_01: 2 steps in"),
    ],
)
def test_ctrl_c_again_ends_what_does_not_stop(
    checkout: Path, source: str, sign: str, message: str
) -> None:
    write(checkout, lecture_01=source)
    process = start(checkout)
    if sign == "interrupted":
        process.send_signal(signal.SIGINT)
    while not (checkout / sign).exists():
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=15)
    assert message in errors


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"def main(:\n    pass\n", "lecture_01.py:1: syntax error: invalid syntax: def main(:"),
        (b"x = 1\ny = '\xe9'\n", "lecture_01.py:2: byte 11 is not UTF-8; save it as UTF-8"),
        (b"class E(BaseException): pass\nraise E('no')\n", "lecture_01.py:2: import fails: E: no"),
        (b"def main():\n    raise MemoryError\n", "lecture_01.py:2: MemoryError; 1 steps saved"),
        (b"def main():\n    exit('a\\n\\x1b[31mb')\n", "SystemExit: a \\x1b[31mb; 1 steps saved"),
    ],
)
def test_a_careless_lecture_is_told_in_one_line(
    execute: Execute, checkout: Path, source: bytes, message: str
) -> None:
    (checkout / "lecture_01.py").write_bytes(source)
    done = execute("-m", "lecture_01")
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_is_not_a_lecture(execute: Execute, checkout: Path) -> None:
    (checkout / "lecture_02.py").mkdir()
    write(checkout, lecture_01=GOOD)
    assert execute("--all").returncode == 0
    assert "did you mean 'lecture_01'?" in execute("-m", "lecture_02").stderr


def test_all_of_nothing(execute: Execute, checkout: Path) -> None:
    done = execute("--all")
    assert done.returncode == 2
    assert done.stderr == f"execute: no lecture_*.py in {checkout.name} (lecture-not-found)\n"


def test_an_index_that_cannot_be_written_is_one_line(execute: Execute, checkout: Path) -> None:
    write(checkout, lecture_01=GOOD)
    (checkout / "var/traces/index.json").mkdir(parents=True)
    done = execute("-q", "-m", "lecture_01")
    assert done.returncode == 2
    assert done.stderr == (
        "execute: cannot write 'var/traces/index.json': Is a directory (output)\n"
    )
    assert load(checkout / "var/traces/lecture_01.json").title == "Good"


def test_no_space_for_the_report_is_one_line(checkout: Path) -> None:
    write(checkout, lecture_01=GOOD)
    command = [sys.executable, str(ROOT / "execute.py"), "-m", "lecture_01"]
    subprocess.run(command, cwd=checkout, capture_output=True, check=True)
    size = (checkout / "var/traces/lecture_01.json").stat().st_size
    done = subprocess.run(
        ["prlimit", f"--fsize={size}", *command],
        cwd=checkout, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "has no space for the report; set TMPDIR" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("redirection", "line"), [(">/dev/full", 1), ("| true", 0)])
def test_output_that_nobody_takes(checkout: Path, redirection: str, line: int) -> None:
    write(checkout, lecture_01=GOOD)
    command = f"{sys.executable} {ROOT / 'execute.py'} -m lecture_01"
    subprocess.run(command.split(), cwd=checkout, capture_output=True, check=True)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} --check {redirection}"],
        cwd=checkout, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == line
    assert "Traceback" not in done.stderr


def test_a_fork_of_the_lecture_does_not_write_the_trace(execute: Execute, checkout: Path) -> None:
    write(
        checkout,
        lecture_01="""
import os, time
def main():
    if os.fork() == 0:
        time.sleep(0.3)
        return
    x = 1
    os.wait()
""",
    )
    assert execute("-m", "lecture_01").returncode == 0
    assert [step.line for step in load(checkout / "var/traces/lecture_01.json").steps] == [4, 7, 8]


def test_it_runs_as_a_plain_script_too(checkout: Path) -> None:
    script = GOOD + '    text("Hello $x$")\n\nif __name__ == "__main__":\n    main()\n'
    write(checkout, lecture_01=script)
    done = subprocess.run(
        [sys.executable, "lecture_01.py"], cwd=checkout, capture_output=True, text=True,
        check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == "# Good\nHello $x$\n"


CLOSING = """
import os
from lecture_tracer import text
def main():
    text("before")
    {statement}
    text("after")
"""


@pytest.mark.parametrize(
    "statement",
    [
        "os.closerange(3, 256)",
        "os.closerange(0, 256)",
        "os.closerange(3, __import__('resource').getrlimit(7)[0])",
        "os.umask(0o777)",
        "__import__('resource').setrlimit(7, (4, 64))",
        "__import__('resource').setrlimit(1, (10, -1))",
        "__import__('sys').setrecursionlimit(60)",
        "__import__('signal').signal(2, __import__('signal').SIG_IGN)",
        "__import__('gc').disable()",
    ],
)
def test_closing_what_it_did_not_open_loses_nothing(
    execute: Execute, checkout: Path, statement: str
) -> None:
    write(checkout, lecture_01=CLOSING.format(statement=statement))
    done = execute("-m", "lecture_01")
    assert done.returncode == 0, done.stderr
    assert "lecture_01: 3 steps" in done.stderr
    assert len(load(checkout / "var/traces/lecture_01.json").steps) == 3


def test_lone_surrogates_are_kept_as_escapes(execute: Execute, checkout: Path) -> None:
    lecture = GOOD + '    print("\\ud800")\n    raise ValueError("odd \\ud800")\n'
    write(checkout, lecture_01=lecture)
    done = execute("-m", "lecture_01")
    assert done.returncode == 1
    assert "ValueError: odd \\ud800; 4 steps saved" in done.stderr
    assert load(checkout / "var/traces/lecture_01.json").failure is not None


def test_the_step_limit_is_said_once(execute: Execute, checkout: Path) -> None:
    write(checkout, lecture_01="def main():\n    while True:\n        x = 1\n")
    done = execute("-m", "lecture_01", "--max-steps", "50")
    assert done.returncode == 1
    assert done.stderr.count("stopped after 50 steps") == 1
    assert "raise --max-steps; 50 steps saved" in done.stderr
    assert load(checkout / "var/traces/lecture_01.json").warnings[-1].endswith("(max-steps)")


def test_a_link_is_recorded_under_its_own_name(execute: Execute, checkout: Path) -> None:
    (checkout / "drafts").mkdir()
    (checkout / "drafts/helper.py").write_text("five = 5\n")
    (checkout / "drafts/draft.py").write_text(
        "from helper import five\ndef main():\n    x = five  # @inspect x\n"
    )
    (checkout / "lecture_01.py").symlink_to("drafts/draft.py")
    for arguments in (["-m", "lecture_01"], ["--all"]):
        done = execute(*arguments)
        assert done.returncode == 0, done.stderr
        assert [p.name for p in (checkout / "var/traces").glob("*.json")].count("draft.json") == 0
        trace = load(checkout / "var/traces/lecture_01.json")
        assert (trace.lecture, trace.main, trace.steps[0].changes) == (
            "lecture_01", "lecture_01.py", {"x": 5},
        )  # fmt: skip
