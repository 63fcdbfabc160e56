"""``sagredo predict``: run a saved law on new rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sagredo.faces.prediction import Abstention, Prediction
    from sagredo.faces.prediction_json import PredictionDocument
    from sagredo.faces.result import Result

ROWS_TOGETHER = 1000
"""Rows that are predicted at a time: a mixture of some thousand components each then takes some ten megabytes."""


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
    json: Annotated[Path | None, typer.Option(help="Write all of it as JSON as well.")] = None,
) -> None:
    """Predict the target for the rows of a table.

    The output is a CSV of one column, the best law's values; a row on which the law has no value is left
    empty. Intervals are of new measurements, over all laws by their probabilities.
    """
    import csv
    import io
    import sys
    from json import dumps

    from sagredo.faces.files import check_writable, write_whole
    from sagredo.faces.model_file import load_model
    from sagredo.faces.prediction_json import PredictionDocument
    from sagredo.problem.build import input_values_from

    _check(interval, laws, abstain, alpha)
    for path in (out, json):
        if path is not None:
            check_writable(path)
    result = load_model(model)
    groups = result.problem.groups
    inputs = input_values_from(
        data,
        {column.name: column.symbol for column in result.problem.inputs},
        group=None if groups is None else groups.column,
    )
    document = PredictionDocument(result, _levels(interval), laws)
    if interval is None and not laws and not abstain and json is None:
        lines: list[list[Any]] = [[result.problem.target.name]]
        lines += [[value] for value in result.values(inputs).tolist()]
    else:
        lines = _lines_with_intervals(document, inputs, interval is not None, abstain, alpha)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in line] for line in lines)
    if json is not None:
        write_whole(json, dumps(document.document(), allow_nan=False, ensure_ascii=False, indent=1) + "\n")
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


def _levels(interval: float | None) -> tuple[float, float]:
    """The ends of the interval of this probability; of 90% where none is asked for."""
    from sagredo.faces.prediction import LEVELS

    return (LEVELS[0], LEVELS[-1]) if interval is None else (0.5 - interval / 2, 0.5 + interval / 2)


def _lines_with_intervals(
    document: PredictionDocument,
    inputs: dict[str, Any],
    with_interval: bool,
    abstain: bool,
    alpha: float | None,
) -> list[list[Any]]:
    """The header and the lines of everything but the default output; the document gets the rows as well."""
    from sagredo.faces.prediction import ALPHA

    result, laws = document.result, document.with_laws
    header: list[Any] = ["row", "law", "probability", result.problem.target.name, "low", "high"]
    if not laws:
        header = [result.problem.target.name]
        header += ["mean", "low", "high"] if with_interval else []
        header += ["agreement"] if abstain else []
    lines = [header]
    row_count = len(next(iter(inputs.values())))
    for first in range(0, row_count, ROWS_TOGETHER):
        part = {symbol: values[first : first + ROWS_TOGETHER] for symbol, values in inputs.items()}
        found = result.predict(
            part, levels=document.levels, abstain=abstain, alpha=ALPHA if alpha is None else alpha
        )
        lines += _breakdown(found, first) if laws else _rows(found, with_interval)
        document.add(found)
    _say_what_would_settle(result, document.abstentions, inputs)
    return lines


def _rows(found: Prediction, with_interval: bool) -> list[list[Any]]:
    """One line for each row; what is not answered is left empty."""
    columns = [found.fitted]
    if with_interval:
        columns += [found.mean, *found.quantiles.T]
    lines: list[list[Any]] = [
        list(line) for line in zip(*(column.tolist() for column in columns), strict=True)
    ]
    if found.abstention is None:
        return lines
    answered, agreement = found.abstention.answered.tolist(), found.abstention.agreement.tolist()
    return [
        [*(line if known else [None] * len(line)), share]
        for line, known, share in zip(lines, answered, agreement, strict=True)
    ]


def _breakdown(found: Prediction, first: int) -> list[list[Any]]:
    """What each law says of each row; rows are counted from 1."""
    from sagredo.faces.prediction_json import LEAST_SHOWN

    return [
        [first + row + 1, *answer]
        for row in range(len(found.fitted))
        for answer in found.explain(row)
        if answer.probability >= LEAST_SHOWN
    ]


def _say_what_would_settle(result: Result, abstentions: list[Abstention], inputs: dict[str, Any]) -> None:
    """On standard error: how many rows are not answered, which measurement would tell, and what is guaranteed."""
    import sys

    from sagredo.faces.prediction_json import settling_row
    from sagredo.faces.wording import exclusion_text

    if not abstentions:
        return
    answered = [known for part in abstentions for known in part.answered.tolist()]
    laws, unseen = abstentions[0].law_count, abstentions[0].unseen_mass
    said = []
    if not all(answered):
        said.append(f"{answered.count(False)} of {len(answered)} rows are not answered.")
        settling = settling_row(abstentions)
        if settling is not None:
            point = ", ".join(
                f"{column.name} = {float(inputs[column.symbol][settling]):g}"
                for column in result.problem.inputs
            )
            said.append(
                f"The {laws} laws in the running disagree there. Measuring row {settling + 1} ({point}) would tell "
                "them apart best."
            )
        if unseen > 0:
            said.append(f"Laws that were not seen have a probability of {unseen:.2g}, which is taken off.")
        chosen = "" if result.problem.groups is None else " --group NAME"
        said.append(f"The best measurement of all: sagredo suggest{chosen}.")
    print("sagredo:", *said, exclusion_text(abstentions[0]), file=sys.stderr)


def _cell(value: Any) -> str:
    """A value as CSV text; nothing for none."""
    if isinstance(value, float):
        return "" if value != value else repr(value)
    return "" if value is None else str(value)
