"""``sagredo suggest``: which measurement would tell most."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float64

    from sagredo.design.candidates import Constraint, QuerySpace
    from sagredo.design.choice import Cost
    from sagredo.faces.result import Result
    from sagredo.faces.suggest import Suggestion


def suggest(
    model: Annotated[Path, typer.Argument(help="File written by sagredo fit --save.", show_default=False)],
    bounds: Annotated[
        list[str] | None,
        typer.Option(help="Range of an input, x=0:10; may be repeated; by default that of the data."),
    ] = None,
    pool: Annotated[
        Path | None, typer.Option(help="Table of the only queries that can be measured.", show_default=False)
    ] = None,
    grid: Annotated[
        int | None,
        typer.Option(help="Only equally spaced values can be measured, so many of each input.", min=2),
    ] = None,
    where: Annotated[
        str | None, typer.Option(help='What can be measured, such as "x < 2*z", in the symbols.')
    ] = None,
    cost: Annotated[
        str | None, typer.Option(help='Cost of a query, such as "1 + x": a positive number.')
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="The group to measure in, where the data came in groups.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Measurements to make together.")] = 1,
    about: Annotated[str, typer.Option(help="To learn: program, joint or prediction.")] = "program",
    acquisition: Annotated[
        str,
        typer.Option(
            help="information_gain, query_by_committee, t_optimal, d_optimal, random or latin_hypercube."
        ),
    ] = "information_gain",
    steps: Annotated[int, typer.Option(min=1, help="Measurements to look ahead.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed; the same seed gives the same answer.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write the suggestions as JSON.")] = None,
) -> None:
    """Say where to measure next: where the laws still in the running disagree most beyond the noise."""
    from json import dumps

    from sagredo.faces import suggest as face
    from sagredo.faces.files import check_writable, write_whole
    from sagredo.faces.model_file import load_model

    if json is not None:
        check_writable(json)
    result = load_model(model) if group is None else load_model(model).group(group)
    wanted = cast("Literal['program', 'joint', 'prediction']", about)  # the acquisition refuses anything else
    suggestions = face.suggest(
        result,
        _space(result, bounds, pool, grid, where),
        count=count,
        acquisition=acquisition,
        about=wanted,
        steps=steps,
        cost=_cost(result, cost),
        seed=seed,
    )
    _print(result, suggestions)
    if json is not None:
        document = face.suggestions_document(result, suggestions, acquisition, about)
        write_whole(json, dumps(document, allow_nan=False, ensure_ascii=False, indent=1) + "\n")


def _space(
    result: Result, bounds: list[str] | None, pool: Path | None, grid: int | None, where: str | None
) -> QuerySpace:
    import numpy as np

    from sagredo.design.candidates import Pool
    from sagredo.faces.cli import options
    from sagredo.faces.suggest import box_of
    from sagredo.problem.build import input_values_from
    from sagredo.problem.errors import InvalidInput

    given = options.intervals("--bounds", bounds or ())
    constraint = _constraint(result, where)
    if pool is not None and grid is not None:
        raise InvalidInput("--grid and --pool must not go together. Got both: choose one.")
    if pool is None:
        box = box_of(result, given, constraint)
        return box if grid is None else box.grid(grid)
    columns = result.problem.inputs
    names = tuple(column.name for column in columns)
    values = input_values_from(pool, {column.name: column.symbol for column in columns})
    points = np.column_stack([np.asarray(values[column.symbol], dtype=float) for column in columns])
    kept = np.ones(len(points), dtype=bool)
    if constraint is not None:
        kept &= constraint(dict(zip(names, points.T, strict=True)))
    for k, column in enumerate(columns):
        low, high = given.get(column.name, given.get(column.symbol, (-np.inf, np.inf)))
        kept &= (points[:, k] >= low) & (points[:, k] <= high)
    return Pool(names, points[kept])


def _constraint(result: Result, where: str | None) -> Constraint | None:
    """The condition, for values by the names of the columns."""
    if where is None:
        return None
    from sagredo.domains.expressions.conditions import condition

    columns = result.problem.inputs
    holds = condition(where, [column.symbol for column in columns])
    return lambda values: holds({column.symbol: values[column.name] for column in columns})


def _cost(result: Result, text: str | None) -> Cost | None:
    """The cost of points whose coordinates are the inputs in their order."""
    if text is None:
        return None
    import numpy as np

    from sagredo.domains.expressions.conditions import quantity
    from sagredo.problem.errors import InvalidInput

    symbols = [column.symbol for column in result.problem.inputs]
    value = quantity(text, symbols)

    def cost(points: Float64[np.ndarray, "points inputs"]) -> Float64[np.ndarray, " points"]:
        costs = value(dict(zip(symbols, points.T, strict=True)))
        if not np.all(costs > 0):
            raise InvalidInput(f"The cost must be a positive number at every query. {text!r} is not.")
        return costs

    return cost


def _print(result: Result, suggestions: list[Suggestion]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sagredo.faces import wording
    from sagredo.faces.terminal import display_text

    console = Console()
    laws = result.posterior.programs[: len(suggestions[0].predictions)]
    for k, law in enumerate(laws, start=1):
        probability = wording.probability_text(law.probability)
        console.print(
            Text(f"law {k}: {display_text(result, law)}   probability {probability}"), soft_wrap=True
        )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in (*suggestions[0].inputs, "gain", *(f"law {k}" for k in range(1, len(laws) + 1))):
        table.add_column(Text(header), justify="right", no_wrap=True)
    for suggestion in suggestions:
        numbers = (*suggestion.inputs.values(), suggestion.gain, *suggestion.predictions)
        table.add_row(*("-" if value != value else f"{value:.4g}" for value in numbers))
    console.print(table)
