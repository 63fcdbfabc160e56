"""The layout of a formula on the page, and its two writers: LaTeX and presentation MathML.

A layout says what stands beside, over and above what; it knows no mathematics. Both writers walk the same
tree, so that the two notations always show the same formula.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias, final
from xml.sax.saxutils import escape


@final
@dataclass(frozen=True, slots=True)
class Digits:
    """A number without sign and exponent, such as ``9.81``."""

    text: str


@final
@dataclass(frozen=True, slots=True)
class Name:
    """The name of a quantity: one italic letter, or upright letters."""

    text: str
    upright: bool = False


@final
@dataclass(frozen=True, slots=True)
class Function:
    """The name of a function that LaTeX has a command for, such as ``sin``."""

    name: str


@final
@dataclass(frozen=True, slots=True)
class Operator:
    """A sign between pieces, as it is written in LaTeX and in MathML."""

    latex: str
    mathml: str


@final
@dataclass(frozen=True, slots=True)
class Row:
    """Pieces beside one another."""

    parts: tuple[Layout, ...]


@final
@dataclass(frozen=True, slots=True)
class Over:
    """A fraction with a bar."""

    numerator: Layout
    denominator: Layout


@final
@dataclass(frozen=True, slots=True)
class Superscript:
    """A base with something raised."""

    base: Layout
    script: Layout


@final
@dataclass(frozen=True, slots=True)
class Subscript:
    """A base with something lowered."""

    base: Layout
    script: Layout


@final
@dataclass(frozen=True, slots=True)
class Root:
    """A root; ``degree`` is empty for the square root."""

    body: Layout
    degree: str = ""


@final
@dataclass(frozen=True, slots=True)
class Fence:
    """Something between brackets, which grow with it if it is tall."""

    body: Layout
    left: str = "("
    right: str = ")"


Layout: TypeAlias = Digits | Name | Function | Operator | Row | Over | Superscript | Subscript | Root | Fence
"""A piece of a formula."""

_THIN_SPACE: Final = '<mspace width="0.167em"/>'

PLUS: Final = Operator(" + ", "<mo>+</mo>")
MINUS: Final = Operator(" - ", "<mo>\u2212</mo>")
NEGATIVE: Final = Operator("-", '<mo form="prefix">\u2212</mo>')
TIMES: Final = Operator(" ", "<mo>\u2062</mo>")
"""A product of letters needs no sign."""
SPACED_TIMES: Final = Operator(r" \, ", f"<mo>\u2062</mo>{_THIN_SPACE}")
"""A product in which letters would run together into one word."""
TIMES_FUNCTION: Final = Operator(" ", f"<mo>\u2062</mo>{_THIN_SPACE}")
"""Before the name of a function, where LaTeX leaves a space by itself."""
DOT: Final = Operator(r" \cdot ", "<mo>\u22c5</mo>")
CROSS: Final = Operator(r" \times ", "<mo>\u00d7</mo>")
SLASH: Final = Operator("/", '<mo lspace="0" rspace="0">/</mo>')
COMMA: Final = Operator(", ", "<mo>,</mo>")
SCRIPT_COMMA: Final = Operator(",", '<mo lspace="0" rspace="0">,</mo>')
APPLY: Final = Operator("", "<mo>\u2061</mo>")
"""Between a function and an argument in brackets."""
SPACED_APPLY: Final = Operator(" ", f"<mo>\u2061</mo>{_THIN_SPACE}")
"""Between a function and an argument without brackets."""

GREEK_LETTERS: Final = {
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "zeta": "ζ", "eta": "η"},
    **{"theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ"},
    **{"pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "chi": "χ"},
    **{"psi": "ψ", "omega": "ω", "varepsilon": "ε", "varphi": "φ"},
    **{"Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π"},
    **{"Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω"},
}
"""The Greek letters that LaTeX has a command for, by that command; the others look like Latin ones."""

_COMMANDS: Final = {"∞": "infty", **{letter: command for command, letter in GREEK_LETTERS.items()}}
_ENDS_IN_COMMAND: Final = re.compile(r"\\[A-Za-z]+$")


def row(*parts: Layout) -> Layout:
    """The parts beside one another, rows among them dissolved; a single part is itself."""
    flat: list[Layout] = []
    for part in parts:
        flat += part.parts if isinstance(part, Row) else (part,)
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def is_tall(layout: Layout) -> bool:
    """Whether a layout is taller than a line of letters with exponents."""
    match layout:
        case Over():
            return True
        case Row(parts):
            return any(map(is_tall, parts))
        case Superscript(base, script) | Subscript(base, script):
            return is_tall(base) or is_tall(script)
        case Root(body) | Fence(body):
            return is_tall(body)
    return False


def width(layout: Layout) -> int:
    """How many characters wide a layout is, roughly."""
    match layout:
        case Digits(text) | Name(text) | Function(text):
            return len(text)
        case Row(parts):
            return sum(map(width, parts))
        case Over(numerator, denominator):
            return max(width(numerator), width(denominator))
        case Superscript(base, script) | Subscript(base, script):
            return width(base) + width(script)
        case Root(body):
            return 1 + width(body)
        case Fence(body):
            return 2 + width(body)
        case Operator(text):
            return 1 if text.strip(" \\,") else 0


def latex(layout: Layout) -> str:
    """The layout in LaTeX's mathematics mode."""
    match layout:
        case Digits(text):
            return text
        case Name(text, upright):
            return _latex_name(text, upright)
        case Function(name):
            return f"\\{name}"
        case Operator():
            return layout.latex
        case Row(parts):
            return _joined([latex(part) for part in parts])
        case Over(numerator, denominator):
            return f"\\frac{{{latex(numerator)}}}{{{latex(denominator)}}}"
        case Superscript(base, script):
            return f"{latex(base)}^{{{latex(script)}}}"
        case Subscript(base, script):
            return f"{latex(base)}_{{{latex(script)}}}"
        case Root(body, degree):
            return f"\\sqrt{f'[{degree}]' if degree else ''}{{{latex(body)}}}"
        case Fence(body, left, right):
            if is_tall(body):
                return f"\\left{left} {latex(body)} \\right{right}"
            return f"{left}{latex(body)}{right}"


def mathml(layout: Layout) -> str:
    """The layout as one element of presentation MathML; all text is escaped."""
    match layout:
        case Digits(text):
            return f"<mn>{escape(text)}</mn>"
        case Name(text, upright):
            variant = ' mathvariant="normal"' if upright and len(text) == 1 else ""
            return f"<mi{variant}>{escape(text)}</mi>"
        case Function(name):
            return f"<mi>{escape(name)}</mi>"
        case Operator():
            return layout.mathml
        case Row(parts):
            return f"<mrow>{''.join(map(mathml, parts))}</mrow>"
        case Over(numerator, denominator):
            return f"<mfrac>{mathml(numerator)}{mathml(denominator)}</mfrac>"
        case Superscript(Subscript(base, lower), upper):
            return f"<msubsup>{mathml(base)}{mathml(lower)}{mathml(upper)}</msubsup>"
        case Superscript(base, script):
            return f"<msup>{mathml(base)}{mathml(script)}</msup>"
        case Subscript(base, script):
            return f"<msub>{mathml(base)}{mathml(script)}</msub>"
        case Root(body, ""):
            return f"<msqrt>{mathml(body)}</msqrt>"
        case Root(body, degree):
            return f"<mroot>{mathml(body)}<mn>{escape(degree)}</mn></mroot>"
        case Fence(body, left, right):
            stretchy = str(is_tall(body)).lower()
            opening = f'<mo form="prefix" fence="true" stretchy="{stretchy}">{escape(left)}</mo>'
            closing = f'<mo form="postfix" fence="true" stretchy="{stretchy}">{escape(right)}</mo>'
            return f"<mrow>{opening}{mathml(body)}{closing}</mrow>"


def _latex_name(text: str, upright: bool) -> str:
    """A name in LaTeX: a command for a Greek letter, upright letters otherwise than one by one."""
    command = _COMMANDS.get(text)
    if command is not None:
        return f"\\{command}"
    escaped = text.replace("_", r"\_")
    return f"\\mathrm{{{escaped}}}" if upright else escaped


def _joined(texts: list[str]) -> str:
    """Texts one after the other, with a space where a command would swallow the next letter."""
    joined = ""
    for text in texts:
        if text[:1].isalnum() and _ENDS_IN_COMMAND.search(joined):
            joined += " "
        joined += text
    return joined
