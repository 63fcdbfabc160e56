"""Programs in the notations that people read: text, SymPy, LaTeX, MathML, Python.

Every domain has text; the formulas are those of real expressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sagredo.domain.domain import Domain
from sagredo.language.term import Parameter, Term, Variable, substitute
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    import sympy

    from sagredo.domains.expressions.domain import Expressions
    from sagredo.language.language import Language
    from sagredo.language.term import Program
    from sagredo.objective.objective import Score


def has_formulas(domain: Domain) -> bool:
    """Whether programs of the domain can be shown as mathematical formulas."""
    from sagredo.domains.expressions.domain import Expressions

    return isinstance(domain, Expressions)


def program_text(language: Language, program: Program) -> str:
    """A program as text, with the values of its parameters."""
    from sagredo.domains.expressions.syntax import ExpressionSyntax

    if isinstance(language.syntax, ExpressionSyntax):
        return language.syntax.print_program(program)
    return language.syntax.print_term(program.term)


def shown(language: Language, score: Score) -> Score:
    """A score as it is shown: parameters that differ between groups stand in the program by their names.

    There they are variables, so that every notation writes them as such. Without groups it is the score itself.
    """
    if not score.separate:
        return score
    names = parameter_names(language, score.program)
    as_variables: dict[Term, Term] = {Parameter(k): Variable(names[k]) for k in score.separate}
    return replace(score, program=replace(score.program, term=substitute(score.program.term, as_variables)))


def template_text(language: Language, program: Program) -> str:
    """A program as text, with its parameters named; parsing it gives the term back."""
    return language.syntax.print_term(program.term)


def parameter_names(language: Language, program: Program) -> list[str]:
    """The names of a program's parameters, as the template writes them."""
    return [language.syntax.print_term(Parameter(k)) for k in range(len(program.parameters))]


def to_sympy(domain: Domain, program: Program) -> sympy.Expr:
    """A program as a SymPy expression."""
    from sagredo.domains.expressions.convert import to_sympy as converted

    return converted(program, _expressions(domain).constants)


def to_latex(domain: Domain, program: Program, standard_errors: Sequence[float] = ()) -> str:
    """A program as LaTeX, its parameters rounded to the digits that their standard errors leave."""
    from sagredo.domains.expressions.convert import to_latex as converted

    _expressions(domain)
    return converted(program, standard_errors=standard_errors)


def to_mathml(domain: Domain, program: Program, standard_errors: Sequence[float] = ()) -> str:
    """A program as a presentation MathML element, its parameters rounded as in LaTeX."""
    from sagredo.domains.expressions.convert import to_mathml as converted

    _expressions(domain)
    return converted(program, standard_errors=standard_errors)


def to_python(domain: Domain, program: Program) -> str:
    """A program as the source of a Python function over NumPy arrays."""
    from sagredo.domains.expressions.convert import to_python as converted

    return converted(program, _expressions(domain).constants)


def _expressions(domain: Domain) -> Expressions:
    """The domain, which must be that of real expressions."""
    from sagredo.domains.expressions.domain import Expressions

    if not isinstance(domain, Expressions):
        raise InvalidInput(
            "Only real expressions can be written as formulas. "
            f"Got a program of the domain {domain.name!r} instead. Print its text instead."
        )
    return domain
