"""Which code is recorded, each decision with its reason.

Input: a code object. Output: `Decision`. The lecture file is always in, as it was compiled for the
recording: not what is compiled again under its name, by `exec` or `torch.compile`. Other files of
the project only while a line marked `@stepinto` runs; libraries never. Comprehensions, generator
expressions and lambdas stay on the line that holds them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from lecture_tracer.reading.roots import Roots
from lecture_tracer.reading.source import LectureSource, read_source

ON_THEIR_LINE = frozenset({"<lambda>", "<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"})


@dataclass(frozen=True, slots=True)
class Decision:
    """`source` is set when the code may be recorded; `reason` says why or why not."""

    source: LectureSource | None
    reason: str
    is_main_file: bool = False
    shows_all: bool = False
    """Show every local variable: a file of the project that does not say what to show."""


class Scope:
    """Decides for code objects; keeps what it found out by file name and by code object."""

    def __init__(
        self,
        roots: Roots,
        main: Path,
        main_source: LectureSource,
        main_codes: Iterable[CodeType] | None = None,
    ) -> None:
        self.roots = roots
        self._main_file = str(main)
        self._main_source = main_source
        self._main_codes = None if main_codes is None else list(main_codes)
        self._main_ids = frozenset(id(code) for code in self._main_codes or ())
        self._files: dict[str, Decision] = {}
        self._codes: dict[int, tuple[CodeType, Decision]] = {}

    def decide(self, code: CodeType) -> Decision:
        """The decision for a function's code object; found once for each."""
        known = self._codes.get(id(code))
        if known is None:
            # The code object is kept, so that its id cannot be given to another.
            known = self._codes[id(code)] = (code, self._decide(code))
        return known[1]

    def sources(self) -> list[LectureSource]:
        """Sources looked at so far, the lecture's first."""
        others = [d.source for d in self._files.values() if d.source is not None]
        return [self._main_source, *others]

    def _decide(self, code: CodeType) -> Decision:
        if code.co_name in ON_THEIR_LINE:
            return Decision(None, "an expression stays on its line")
        if code.co_filename == self._main_file:
            if self._main_codes is not None and id(code) not in self._main_ids:
                return Decision(None, "compiled while the lecture runs")
            decision = Decision(self._main_source, "in the lecture file", is_main_file=True)
        else:
            if code.co_name == "<module>":
                return Decision(None, "importing a module is not shown")
            decision = self._files.get(code.co_filename) or self._decide_file(code.co_filename)
            self._files[code.co_filename] = decision
        source = decision.source
        if source is not None and (header := source.functions.get(code.co_firstlineno)) is not None:
            if header.hidden:
                return Decision(None, "its definition is marked @hide")
            if header.stepover:
                return Decision(None, "its definition is marked @stepover")
        return decision

    def _decide_file(self, filename: str) -> Decision:
        if filename.startswith("<"):
            return Decision(None, "made from a string")
        path = Path(filename)
        if not self.roots.holds(path):
            return Decision(None, "outside the project")
        try:
            text = path.read_text(encoding="utf-8-sig")
            source = read_source(self.roots.name(path), text)
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            return Decision(None, f"its source cannot be read: {error}")
        return Decision(source, "in the project", shows_all=not source.says_what_to_show)
