"""sympy expressions and matrices.

Input: `sympy.Basic` or `sympy.MatrixBase`. Output: `Formula`.
"""

import sys
from typing import Any

from lecture_tracer.trace.schema import Formula
from lecture_tracer.values.budget import Writer
from lecture_tracer.values.naming import encodable, plain_text


def formula(obj: Any, writer: Writer) -> Formula:
    """LaTeX and text. LaTeX cannot be cut, so where it is too long there is only the text."""
    sympy: Any = sys.modules["sympy"]
    limit = writer.budget.characters
    latex = encodable(sympy.latex(obj))
    text = plain_text(str(obj), limit)
    writer.spend(text, latex if len(latex) <= limit else "")
    return Formula(latex=latex if len(latex) <= limit else "", text=text)
