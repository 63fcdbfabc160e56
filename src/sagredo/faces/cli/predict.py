"""``sagredo predict``: run a saved law on new rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def predict(
    model: Annotated[Path, typer.Argument(help="File written by sagredo fit --save.", show_default=False)],
    data: Annotated[
        Path, typer.Argument(help="CSV, TSV or Parquet file with the inputs.", show_default=False)
    ],
    out: Annotated[Path | None, typer.Option(help="CSV file to write; standard output by default.")] = None,
) -> None:
    """Predict the target for the rows of a table.

    The output is a CSV of one column; a row on which the law has no value is left empty.
    """
    import csv
    import io
    import sys

    from sagredo.faces.files import check_writable, write_whole
    from sagredo.faces.model_file import load_model
    from sagredo.problem.build import input_values_from

    if out is not None:
        check_writable(out)
    result = load_model(model)
    values = result.predict(
        input_values_from(data, {column.name: column.symbol for column in result.problem.inputs})
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([result.problem.target.name])
    writer.writerows(["" if value != value else repr(float(value))] for value in values)
    if out is None:
        sys.stdout.write(text.getvalue())
    else:
        write_whole(out, text.getvalue())
