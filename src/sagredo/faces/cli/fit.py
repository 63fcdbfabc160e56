"""``sagredo fit``: from a table to its laws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

if TYPE_CHECKING:
    from sagredo.domains.expressions.domain import Expressions
    from sagredo.faces.result import Result
    from sagredo.posterior.diagnosis import LawDiagnosis
    from sagredo.problem.problem import Problem
    from sagredo.search.planner import Effort

TABLE_SHARE = 1 / 16
"""The part of a run's memory that the numbers of its table may take: a search holds some twenty times as much
in the intermediate values of the programs that it weighs."""


def fit(
    data: Annotated[Path, typer.Argument(help="CSV, TSV or Parquet file with a header.", show_default=False)],
    target: Annotated[
        list[str],
        typer.Option("--target", "-t", help="Column to explain; may be repeated.", show_default=False),
    ],
    inputs: Annotated[
        str | None, typer.Option(help="Columns a,b,... to explain it by; all others by default.")
    ] = None,
    sigma: Annotated[
        str | None, typer.Option(help="Measurement error of the target: a column or a number.")
    ] = None,
    weights: Annotated[str | None, typer.Option(help="Column of multiplicities of the rows.")] = None,
    trials: Annotated[
        str | None, typer.Option(help="Column of trials, of which the target counts the successes.")
    ] = None,
    covariance: Annotated[
        Path | None,
        typer.Option(help="Covariance of the errors of all rows: a square CSV file without a header."),
    ] = None,
    censored: Annotated[
        str | None,
        typer.Option(
            help="Column of marks: < where the target is an upper bound, > a lower one, else empty."
        ),
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="Column of groups: one form for all, parameters of its own in each.")
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="Unit of a column, COLUMN=m/s; may be repeated.")
    ] = None,
    missing: Annotated[str, typer.Option(help="Rows with missing values: refuse or drop.")] = "refuse",
    noise: Annotated[
        str,
        typer.Option(help="Noise: gaussian, student_t (outliers), poisson, bernoulli, binomial; or auto."),
    ] = "gaussian",
    operators: Annotated[str | None, typer.Option(help="Allowed operators, such as add,mul,exp.")] = None,
    forbid: Annotated[
        list[str] | None, typer.Option(help="Forbidden nesting OUTER(INNER); may be repeated.")
    ] = None,
    constant: Annotated[
        list[str] | None, typer.Option(help="Named constant, g=9.81; may be repeated.")
    ] = None,
    max_size: Annotated[int | None, typer.Option(min=1, help="Largest number of nodes of a law.")] = None,
    form: Annotated[str | None, typer.Option(help='Form of the law, such as "A*exp(-f(x)/T)".')] = None,
    start: Annotated[
        list[str] | None, typer.Option(help="Start of a parameter of the form, b1=500,b2=0.001.")
    ] = None,
    bound: Annotated[
        list[str] | None, typer.Option(help="Range of a parameter of the form, b1=0:10.")
    ] = None,
    program: Annotated[list[str] | None, typer.Option(help="A law to start from; may be repeated.")] = None,
    effort: Annotated[str, typer.Option(help="reflex, quick, normal or deep.")] = "normal",
    budget: Annotated[float | None, typer.Option(help="Seconds to search at most, for each target.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed; the same seed gives the same answer.")] = 0,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; all cores by default.")] = None,
    memory: Annotated[float | None, typer.Option(help="Memory for the search, GiB; 2 by default.")] = None,
    diagnose: Annotated[
        bool, typer.Option("--diagnose", help="Say whether the likeliest laws have redundant parameters.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the laws as JSON.")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the model, for predict and report.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a report as HTML.")] = None,
) -> None:
    """Find the law of a column of a table.

    Ctrl-C ends the search with the best law so far, which is printed and written as always; the exit code is
    then 130.
    """
    from sagredo.domains.expressions.domain import Expressions
    from sagredo.faces.cli import options
    from sagredo.faces.files import check_writable
    from sagredo.faces.induce import MEMORY_GIB, check_budget, effort_of
    from sagredo.problem.build import problems_from
    from sagredo.problem.errors import InvalidInput

    check_budget(budget)
    if diagnose and group is not None:
        raise InvalidInput(
            "--diagnose must go with data without groups, since parameters differ between groups. Got both: leave one "
            "out."
        )
    how_hard = effort_of(effort, threads=threads, memory_gib=MEMORY_GIB if memory is None else memory)
    for path in (json, save, report):
        if path is not None:
            check_writable(path)
    constants = options.numbers("--constant", constant or ())
    problems = problems_from(
        data,
        targets=target,
        inputs=options.names(inputs),
        sigma=options.number_or_name(sigma),
        weights=weights,
        trials=trials,
        covariance=covariance,
        censored=censored,
        group=group,
        units=options.assignments("--unit", unit or ()),
        noise=noise,
        missing=cast("Literal['refuse', 'drop']", missing),  # problems_from refuses anything else
        reserved=constants,
        memory_bytes=int(TABLE_SHARE * how_hard.memory_bytes),
    )
    domain = Expressions(
        **_given(
            operators=None if operators is None else tuple(options.names(operators) or ()),
            forbidden_nestings=tuple(forbid) if forbid else None,
            constants=constants or None,
            maximum_size=max_size,
            form=form,
            starts=options.numbers("--start", start) if start else None,
            bounds=options.intervals("--bound", bound) if bound else None,
            initial_programs=tuple(program) if program else None,
        )
    )
    results = _search(list(problems), domain, how_hard, budget, seed)
    interrupted = results[-1].interrupted
    _write(results, json, save, report, None)
    if diagnose and not interrupted:
        try:
            diagnostics = [_diagnosed(result) for result in results]
            _write(results, json, None, None, diagnostics)
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise typer.Exit(130)


def _given(**settings: Any) -> dict[str, Any]:
    """The options that were given; the domain knows the defaults of the others."""
    return {name: value for name, value in settings.items() if value is not None}


def _search(
    problems: list[Problem], domain: Expressions, effort: Effort, budget: float | None, seed: int
) -> list[Result]:
    """One target after another, each printed as soon as it is known; Ctrl-C leaves out the rest."""
    from rich.console import Console

    from sagredo.faces.cli.progress import Progress
    from sagredo.faces.induce import induce

    console = Console()
    results: list[Result] = []
    for problem in problems:
        with Progress(problem, domain, effort.work_units) as progress:
            result = induce(
                problem, domain=domain, effort=effort, budget_seconds=budget, seed=seed, recorder=progress
            )
        console.print(result)
        results.append(result)
        if result.interrupted:
            break
    return results


def _diagnosed(result: Result) -> tuple[LawDiagnosis, ...]:
    """The diagnostics of a result's likeliest laws, printed as well."""
    from rich.console import Console
    from rich.text import Text

    from sagredo.faces import wording
    from sagredo.faces.terminal import display_text

    console = Console()
    found = result.diagnostics()
    for law, diagnosis in zip(result.posterior.programs, found, strict=False):
        console.print(Text(f"{result.quantity} = {display_text(result, law)}"), soft_wrap=True)
        console.print(Text(f"    {wording.diagnosis_text(result, law.score, diagnosis)}"), soft_wrap=True)
    return found


def _write(
    results: list[Result],
    json: Path | None,
    save: Path | None,
    report: Path | None,
    diagnostics: list[tuple[LawDiagnosis, ...]] | None,
) -> None:
    """The files asked for; of several targets each gets the symbol in the names of its files."""
    from json import dumps

    from sagredo.faces.files import write_whole
    from sagredo.faces.model_file import save_model
    from sagredo.faces.report import write_report
    from sagredo.faces.result_json import fits_document

    if json is not None:
        write_whole(
            json,
            dumps(fits_document(results, diagnostics), allow_nan=False, ensure_ascii=False, indent=1) + "\n",
        )
    for result in results:
        name = f"-{result.problem.target.symbol}" if len(results) > 1 else ""
        if save is not None:
            save_model(result, save.with_stem(save.stem + name))
        if report is not None:
            write_report(result, report.with_stem(report.stem + name))
