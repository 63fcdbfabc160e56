"""The page of a report: law, pictures, ranked table, formulas, problem and how the run went."""

from __future__ import annotations

from html import escape
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sagredo.faces import rendering, wording
from sagredo.faces.files import write_whole
from sagredo.faces.pictures import (
    has_curve,
    has_picture,
    picture_of_fit,
    picture_of_residuals,
    quantity_label,
)
from sagredo.faces.report.front import front_svg
from sagredo.faces.report.svg import picture_svg
from sagredo.faces.terminal import display_text

if TYPE_CHECKING:
    from sagredo.faces.result import Result
    from sagredo.posterior.posterior import WeightedProgram

_TABLE_ROWS = 30
"""Laws in the table; the JSON of a fit holds all of them."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The browser is told to fetch nothing and to run nothing."""


def write_report(result: Result, path: str | Path) -> None:
    """Write the report of a result.

    Raises:
        InvalidInput: the file cannot be written.
    """
    write_whole(Path(path), report_html(result))


def report_html(result: Result) -> str:
    """The report as the text of an HTML file that fetches nothing."""
    style = files("sagredo.faces.report").joinpath("style.css").read_text(encoding="utf-8")
    title = f"The law of {result.problem.target.name}"
    parts = [f"<h1>{escape(title)}</h1>", _lead(result), _pictures(result)]
    if result.posterior.programs:
        parts += [_by_group(result), _table(result), _formulas(result)]
    parts += [_problem(result), _run(result)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def formula_html(result: Result, weighted: WeightedProgram) -> str:
    """A law as MathML where it is a formula, and as code elsewhere, its parameters rounded."""
    if rendering.has_formulas(result.domain):
        shown = rendering.shown(result.language, weighted.score)
        return rendering.to_mathml(result.domain, shown.program, shown.standard_errors)
    return f"<code>{escape(display_text(result, weighted))}</code>"


def _lead(result: Result) -> str:
    problem = result.problem
    inputs = ", ".join(quantity_label(result, column.symbol) for column in problem.inputs)
    about = f"<p class=quiet>from {problem.row_count} rows of {escape(inputs)}</p>"
    law = ""
    if result.posterior.programs:
        best = result.best
        name = f"<i>{escape(result.quantity)}</i> = "
        parameters = escape(", ".join(wording.parameter_texts(result, best.score)))
        law = f'<div class="formula">{name}{formula_html(result, best)}</div>'
        law += f"<p>Probability <b>{escape(wording.probability_text(best.probability))}</b></p>"
        law += f"<p class=quiet>{parameters}</p>" if parameters else ""
    return f'{about}<div class="law">{law}<p>{escape(wording.verdict(result))}</p></div>'


def _pictures(result: Result) -> str:
    figures = []
    if has_picture(result):
        fit_title = "Observed and law" if has_curve(result) else "Observed against predicted"
        figures.append(_figure(picture_svg(picture_of_fit(result), fit_title), fit_title))
        title = "Residuals: observed minus predicted"
        figures.append(_figure(picture_svg(picture_of_residuals(result), title), title))
    if result.posterior.programs:
        text = "What each bit of law buys; below the dashed line a law is shorter than none"
        figures.append(_figure(front_svg(result), text))
    return f'<div class="pictures">{"".join(figures)}</div>' if figures else ""


def _figure(drawing: str, caption: str) -> str:
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(result: Result) -> str:
    rows = []
    for weighted in result.posterior.programs[:_TABLE_ROWS]:
        score = weighted.score
        numbers = (
            wording.probability_text(weighted.probability),
            f"{score.description_length_bits:.1f}",
            f"{score.code_bits:.1f}",
            f"{score.data_bits:.1f}",
            wording.rmse_text(score),
        )
        cells = "".join(f'<td class="number">{escape(number)}</td>' for number in numbers)
        rows.append(
            f'<tr>{cells}<td class="formula"><div>{formula_html(result, weighted)}</div></td>'
            f'<td class="parameters">{escape(", ".join(wording.parameter_texts(result, weighted.score)))}</td></tr>'
        )
    more = len(result.posterior.programs) - len(rows)
    note = f"<p class=quiet>{more} less probable laws are not shown.</p>" if more > 0 else ""
    heads = ("probability", "bits", "of the law", "of the data", "rmse")
    head = "".join(f'<th class="number">{name}</th>' for name in heads) + "<th>law</th><th>parameters</th>"
    return (
        f'<h2>Laws by probability</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{note}"
        f"<p class=quiet>No law at all, noise alone, would take {result.posterior.null_bits:.1f} bits.</p>"
    )


def _by_group(result: Result) -> str:
    """The best law's parameters by group; nothing without groups."""
    heads, lines = wording.parameters_by_group(result, result.best.score)
    if not heads:
        return ""
    head = f"<th>{escape(heads[0])}</th>" + "".join(
        f'<th class="number">{escape(name)}</th>' for name in heads[1:]
    )
    body = "".join(
        f"<tr><td>{escape(line[0])}</td>"
        + "".join(f'<td class="number">{escape(text)}</td>' for text in line[1:])
        + "</tr>"
        for line in lines
    )
    return (
        f'<h2>Parameters by group</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _formulas(result: Result) -> str:
    if not rendering.has_formulas(result.domain):
        return ""
    blocks = (("Text", result.expression), ("LaTeX", result.to_latex()), ("Python", result.to_python()))
    inner = "".join(
        f"<p class=quiet>{name}</p><pre><code>{escape(text)}</code></pre>" for name, text in blocks
    )
    return f"<h2>The law to copy</h2><details><summary>as text, LaTeX and Python</summary>{inner}</details>"


def _problem(result: Result) -> str:
    problem = result.problem
    entries = []
    for role, column in (*(("input", column) for column in problem.inputs), ("target", problem.target)):
        text = quantity_label(result, column.symbol)
        if column.symbol != column.name:
            text += f", in formulas {column.symbol}"
        if column.values.dtype.kind == "f" and len(column):
            text += f", from {column.values.min():.6g} to {column.values.max():.6g}"
        if column.resolution:
            text += f", recorded to {column.resolution:.3g}"
        entries.append((role, text))
    entries.append(("rows", str(problem.row_count)))
    errors_given = problem.sigma is not None or problem.covariance is not None
    entries.append(
        (
            "noise",
            problem.noise.replace("_", "-") + (", given" if errors_given else ", inferred"),
        )
    )
    if noise := wording.noise_text(result):
        entries.append(("choice of noise", noise))
    if problem.groups is not None:
        entries.append(("groups", f"{len(problem.groups.names)}, by {problem.groups.column}"))
    if problem.weights is not None:
        entries.append(("weights", f"multiplicities, {problem.weights.sum():g} rows in all"))
    entries += [("note", note) for note in problem.notes]
    return f"<h2>The problem</h2>{_entries(entries)}"


def _run(result: Result) -> str:
    unseen = result.posterior.unseen_mass
    entries = [
        ("stopped", wording.STOP_REASON_TEXT[result.stop_reason]),
        (
            "laws not seen",
            "no estimate is known"
            if unseen is None
            else f"a probability of about {wording.probability_text(unseen)}",
        ),
        ("time", f"{result.seconds:.1f} s"),
        ("work", f"{result.work_units:,} units"),
        ("seed", str(result.seed)),
        ("versions", ", ".join(f"{name} {version(name)}" for name in ("sagredo", "numpy", "scipy", "sympy"))),
    ]
    return f"<h2>The run</h2>{_entries(entries)}"


def _entries(entries: list[tuple[str, str]]) -> str:
    return (
        "<dl>"
        + "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in entries)
        + "</dl>"
    )
