"""``sagredo update``: go on from a saved law when there are more rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer


def update(
    model: Annotated[Path, typer.Argument(help="File written by sagredo fit --save.", show_default=False)],
    data: Annotated[
        Path, typer.Argument(help="CSV, TSV or Parquet file with the new rows.", show_default=False)
    ],
    save: Annotated[Path, typer.Option(help="Write the model; may be MODEL itself.", show_default=False)],
    sigma: Annotated[
        str | None, typer.Option(help="Measurement error of the target: a column or a number.")
    ] = None,
    weights: Annotated[str | None, typer.Option(help="Column of multiplicities of the rows.")] = None,
    missing: Annotated[str, typer.Option(help="Rows with missing values: refuse or drop.")] = "refuse",
    effort: Annotated[str, typer.Option(help="reflex, quick, normal or deep.")] = "normal",
    budget: Annotated[float | None, typer.Option(help="Seconds to search at most.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; all cores by default.")] = None,
    memory: Annotated[float | None, typer.Option(help="Memory for the search, GiB; 2 by default.")] = None,
) -> None:
    """Add rows to a fit and search on from the laws that it knows.

    Ctrl-C ends the search with the best law so far, which is printed and written as always; the exit code is
    then 130.
    """
    from rich.console import Console

    from sagredo.faces.cli import options
    from sagredo.faces.cli.progress import Progress
    from sagredo.faces.files import check_writable
    from sagredo.faces.induce import MEMORY_GIB, check_budget, effort_of
    from sagredo.faces.model_file import load_model, save_model

    check_budget(budget)
    how_hard = effort_of(effort, threads=threads, memory_gib=MEMORY_GIB if memory is None else memory)
    check_writable(save)
    known = load_model(model)
    with Progress(known.problem, known.domain, how_hard.work_units) as progress:
        result = known.update(
            data,
            sigma=options.number_or_name(sigma),
            weights=weights,
            missing=cast("Literal['refuse', 'drop']", missing),  # extended refuses anything else
            effort=how_hard,
            budget_seconds=budget,
            recorder=progress,
        )
    Console().print(result)
    save_model(result, save)
    if result.interrupted:
        raise typer.Exit(130)
