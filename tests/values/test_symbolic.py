"""sympy expressions as LaTeX and text."""

import pytest

from lecture_tracer.trace.schema import Formula, Object
from lecture_tracer.values import Budget, serialize

sympy = pytest.importorskip("sympy")


def test_an_expression_and_a_matrix() -> None:
    x = sympy.Symbol("x")
    assert serialize(x**2 / 2) == Formula(latex=r"\frac{x^{2}}{2}", text="x**2/2")
    assert serialize(sympy.Eq(x, 1)) == Formula(latex="x = 1", text="Eq(x, 1)")
    for kind in (sympy.Matrix, sympy.ImmutableMatrix):
        assert serialize(kind([[x]])) == Formula(
            latex=r"\left[\begin{matrix}x\end{matrix}\right]", text="Matrix([[x]])"
        )


def test_latex_too_long_to_show_is_left_out_whole() -> None:
    terms = sum(sympy.Symbol(f"x{i}") for i in range(50))
    value = serialize(terms, Budget(characters=20))
    assert isinstance(value, Formula)
    assert (value.latex, len(value.text)) == ("", 20)


def test_a_sympy_class_is_a_class() -> None:
    assert isinstance(serialize(sympy.Symbol), Object)
