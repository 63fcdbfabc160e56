"""A result in a notebook: the law, the verdict and the short table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sagredo.faces import wording
from sagredo.faces.report.page import formula_html

if TYPE_CHECKING:
    from sagredo.faces.result import Result
    from sagredo.posterior.posterior import WeightedProgram

_TABLE_ROWS = 5


def notebook_html(result: Result) -> str:
    """The HTML that notebooks show for a result; it takes its colours from the notebook."""
    verdict = f"<p>{escape(wording.verdict(result))}</p>"
    if not result.posterior.programs:
        return verdict
    best = result.best
    target = escape(result.problem.target.symbol)
    law = f"<p style='font-size: 1.4em'><i>{target}</i> = {formula_html(result, best)}</p>"
    rows = "".join(_row(result, weighted) for weighted in result.posterior.programs[:_TABLE_ROWS])
    heads = "".join(f"<th>{name}</th>" for name in ("probability", "bits", "rmse", "law", "parameters"))
    return f"<div>{law}{verdict}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"


def _row(result: Result, weighted: WeightedProgram) -> str:
    score = weighted.score
    cells = (
        escape(wording.probability_text(weighted.probability)),
        f"{score.description_length_bits:.1f}",
        wording.rmse_text(score),
        formula_html(result, weighted),
        escape(", ".join(wording.parameter_texts(result, score))),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
