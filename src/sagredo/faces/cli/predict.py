"""``sagredo predict``: run a saved law on new rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sagredo.faces.prediction import Prediction
    from sagredo.faces.result import Result

LEAST_SHOWN = 0.01
"""Laws of a smaller probability are left out of the breakdown."""


def predict(
    model: Annotated[Path, typer.Argument(help="File written by sagredo fit --save.", show_default=False)],
    data: Annotated[
        Path, typer.Argument(help="CSV, TSV or Parquet file with the inputs.", show_default=False)
    ],
    interval: Annotated[
        float | None,
        typer.Option(help="Add mean, low and high of an interval of this probability, such as 0.9."),
    ] = None,
    laws: Annotated[
        bool, typer.Option("--laws", help="One line for each row and law, instead of one for each row.")
    ] = False,
    abstain: Annotated[
        bool, typer.Option("--abstain", help="Leave rows empty on which the likely laws disagree.")
    ] = False,
    alpha: Annotated[
        float | None, typer.Option(help="Share of probability that keeps a law in the running; 0.05.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write; standard output by default.")] = None,
) -> None:
    """Predict the target for the rows of a table.

    The output is a CSV of one column, the best law's values; a row on which the law has no value is left
    empty. Intervals are of new measurements, over all laws by their probabilities.
    """
    import csv
    import io
    import sys

    from sagredo.faces.files import check_writable, write_whole
    from sagredo.faces.model_file import load_model
    from sagredo.problem.build import input_values_from

    _check(interval, laws, abstain, alpha)
    if out is not None:
        check_writable(out)
    result = load_model(model)
    inputs = input_values_from(data, {column.name: column.symbol for column in result.problem.inputs})
    if interval is None and not laws and not abstain:
        lines: list[list[Any]] = [[result.problem.target.name]]
        lines += [[value] for value in result.values(inputs).tolist()]
    else:
        lines = _lines_with_intervals(result, inputs, interval, laws, abstain, alpha)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in line] for line in lines)
    if out is None:
        sys.stdout.write(text.getvalue())
    else:
        write_whole(out, text.getvalue())


def _check(interval: float | None, laws: bool, abstain: bool, alpha: float | None) -> None:
    """Refuse options that can't be used, before a file is read.

    Raises:
        InvalidInput: one of them can't be.
    """
    from sagredo.problem.errors import InvalidInput

    if interval is not None and not 0 < interval < 1:
        raise InvalidInput(f"--interval must lie between 0 and 1. Got {interval} instead.")
    if alpha is not None and not abstain:
        raise InvalidInput("--alpha must go with --abstain. Got it alone: add --abstain.")
    if laws and abstain:
        raise InvalidInput("--laws and --abstain must not go together. Got both: choose one.")


def _lines_with_intervals(
    result: Result,
    inputs: dict[str, Any],
    interval: float | None,
    laws: bool,
    abstain: bool,
    alpha: float | None,
) -> list[list[Any]]:
    """The header and the lines of everything but the default output."""
    from sagredo.faces.prediction import ALPHA, LEVELS

    level = LEVELS[-1] - LEVELS[0] if interval is None else interval
    levels = (0.5 - level / 2, 0.5 + level / 2)
    found = result.predict(inputs, levels=levels, abstain=abstain, alpha=ALPHA if alpha is None else alpha)
    target = result.problem.target.name
    if laws:
        return [["row", "law", "probability", target, "low", "high"], *_breakdown(found)]
    columns: dict[str, list[Any]] = {target: found.fitted.tolist()}
    if interval is not None:
        columns |= {"mean": found.mean.tolist()}
        columns |= dict(zip(("low", "high"), found.quantiles.T.tolist(), strict=True))
    if found.abstention is not None:
        _say_what_would_settle(found)
        answered = found.abstention.answered
        columns = {
            name: [value if known else None for value, known in zip(values, answered, strict=True)]
            for name, values in columns.items()
        }
        columns["agreement"] = found.abstention.agreement.tolist()
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


def _breakdown(found: Prediction) -> list[list[Any]]:
    """What each law says of each row; rows are counted from 1."""
    return [
        [row + 1, *answer]
        for row in range(len(found.fitted))
        for answer in found.explain(row)
        if answer.probability >= LEAST_SHOWN
    ]


def _say_what_would_settle(found: Prediction) -> None:
    """On standard error: how many rows are not answered, and which measurement tells the laws apart."""
    import sys

    abstention = found.abstention
    if abstention is None or abstention.settling_row is None:
        return
    left_out = int((~abstention.answered).sum())
    print(
        f"sagredo: {left_out} of {len(abstention.agreement)} rows are not answered: the laws in the running "
        f"({abstention.law_count}) disagree, or are too little of the probability (unseen: "
        f"{abstention.unseen_mass:.2g}). Measuring row {abstention.settling_row + 1} would tell them apart best.",
        file=sys.stderr,
    )


def _cell(value: Any) -> str:
    """A value as CSV text; nothing for none."""
    if isinstance(value, float):
        return "" if value != value else repr(value)
    return "" if value is None else str(value)
