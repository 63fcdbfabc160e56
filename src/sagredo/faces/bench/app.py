"""The commands ``sagredo bench ...``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from sagredo.faces.bench.design_app import app as design_app
from sagredo.faces.bench.options import (
    BudgetOption,
    DataOption,
    EffortOption,
    JournalOption,
    NoiseOption,
    RowsOption,
    SeedOption,
    SeedsOption,
    ShardOption,
)
from sagredo.faces.bench.run import run_and_report

app = typer.Typer(
    help="Measure Sagredo: every figure comes from a journal that resumes after an interruption.",
    no_args_is_help=True,
)
app.add_typer(design_app, name="design")


@app.command()
def feynman(
    data: DataOption = None,
    rows: RowsOption = 40,
    noise: NoiseOption = 0.0,
    budget: BudgetOption = 60.0,
    effort: EffortOption = "normal",
    seed: SeedOption = 0,
    seeds: SeedsOption = 1,
    only: Annotated[list[str] | None, typer.Option(help="Name of an equation; may be repeated.")] = None,
    quarter: Annotated[bool, typer.Option("--quarter", help="A fixed stratified quarter of them.")] = False,
    peer: Annotated[
        str | None, typer.Option(help="Also run operon, gplearn, eggp or pysips on the same rows.")
    ] = None,
    peer_python: Annotated[
        Path | None, typer.Option(help="Python that has the peer.", show_default="this one")
    ] = None,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """The 100 equations of the Feynman lectures: which come back, from how few rows."""
    from sagredo.faces.bench.feynman import Feynman
    from sagredo.faces.bench.peers.peer import Peer

    beside = None if peer is None else Peer(peer, peer_python or Path(sys.executable))
    benchmark = Feynman(
        data=data,
        rows=rows,
        noise=noise,
        budget_seconds=budget,
        effort=effort,
        seed=seed,
        seeds=seeds,
        only=tuple(only or ()),
        quarter=quarter,
        peer=beside,
    )
    run_and_report(benchmark, shard, journal)


@app.command()
def curve(
    over: Annotated[
        Literal["rows", "noise"], typer.Argument(help="What the share of recovered laws is drawn against.")
    ],
    data: DataOption = None,
    rows: Annotated[
        list[int] | None,
        typer.Option(min=3, help="Rows of a point; may be repeated.", show_default="3 to 200"),
    ] = None,
    noise: Annotated[
        list[float] | None,
        typer.Option(min=0.0, help="Noise of a point; may be repeated.", show_default="0 to 1"),
    ] = None,
    budget: BudgetOption = 60.0,
    effort: EffortOption = "normal",
    seed: SeedOption = 0,
    seeds: SeedsOption = 1,
    only: Annotated[list[str] | None, typer.Option(help="Name of an equation; may be repeated.")] = None,
    quarter: Annotated[bool, typer.Option("--quarter", help="A fixed stratified quarter of them.")] = False,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """How many of the Feynman equations come back against the rows or the noise, beside how many can."""
    from sagredo.faces.bench.recovery_curve import RecoveryCurve, grid

    benchmark = RecoveryCurve(
        data=data,
        points=grid(over, tuple(rows or ()), tuple(noise or ())),
        budget_seconds=budget,
        effort=effort,
        seed=seed,
        seeds=seeds,
        only=tuple(only or ()),
        quarter=quarter,
    )
    run_and_report(benchmark, shard, journal)


@app.command()
def nguyen(
    rows: Annotated[
        int | None, typer.Option(min=3, help="Rows of each problem.", show_default="as published")
    ] = None,
    noise: NoiseOption = 0.0,
    budget: BudgetOption = 60.0,
    effort: EffortOption = "normal",
    seed: SeedOption = 0,
    seeds: SeedsOption = 1,
    only: Annotated[list[str] | None, typer.Option(help="Name of a problem; may be repeated.")] = None,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Nguyen 1 to 12 and Jin 1 to 6, on 20 to 100 rows."""
    from sagredo.faces.bench.nguyen import Nguyen

    benchmark = Nguyen(
        rows=rows,
        noise=noise,
        budget_seconds=budget,
        effort=effort,
        seed=seed,
        seeds=seeds,
        only=tuple(only or ()),
    )
    run_and_report(benchmark, shard, journal)


@app.command()
def nist(data: DataOption = None, shard: ShardOption = "1/1", journal: JournalOption = None) -> None:
    """NIST's 27 nonlinear regressions in their given form, from both starts, against the certified values."""
    from sagredo.faces.bench.nist import Nist

    run_and_report(Nist(data), shard, journal)


@app.command()
def empirical(
    data: DataOption = None,
    budget: BudgetOption = 60.0,
    effort: EffortOption = "normal",
    seed: SeedOption = 0,
    only: Annotated[list[str] | None, typer.Option(help="Name of a data set; may be repeated.")] = None,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Real measurements: the laws found, how sure, in how many bits. There is no pass or fail."""
    from sagredo.faces.bench.empirical import Empirical

    run_and_report(Empirical(data, budget, effort, seed, tuple(only or ())), shard, journal)


@app.command()
def calibration(
    problems: Annotated[int, typer.Option(min=1, help="Draws from the generative model.")] = 300,
    rows: Annotated[int, typer.Option(min=3, help="Rows of each draw.")] = 40,
    budget: BudgetOption = 60.0,
    effort: EffortOption = "normal",
    seed: SeedOption = 0,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Draws from the generative model: are the probabilities of the answers true?"""
    from sagredo.faces.bench.calibration import Calibration

    run_and_report(Calibration(problems, rows, budget, effort, seed), shard, journal)


@app.command()
def posterior(
    problems: Annotated[int, typer.Option(min=1, help="Draws at each number of rows.")] = 200,
    budget: BudgetOption = 10.0,
    effort: EffortOption = "normal",
    seed: SeedOption = 0,
    against: Annotated[
        list[str] | None, typer.Option(help="Also score gp, operon or pysips; may be repeated.")
    ] = None,
    peer_python: Annotated[
        Path | None, typer.Option(help="Python that has the peer.", show_default="this one")
    ] = None,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Draws from the generative model: do the intervals hold, on 10, 30 and 100 rows, and beyond their range?"""
    from sagredo.faces.bench.posterior import Posterior
    from sagredo.faces.bench.rivals import rival

    python = peer_python or Path(sys.executable)
    rivals = tuple(rival(name, python, budget) for name in dict.fromkeys(against or ()))
    run_and_report(Posterior(problems, budget, effort, seed, rivals), shard, journal)


@app.command()
def parameters(
    problems: Annotated[int, typer.Option(min=1, help="Draws whose program has parameters.")] = 2000,
    seed: SeedOption = 0,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Draws from the generative model: where do the true parameters lie in their posterior, given the form?"""
    from sagredo.faces.bench.parameters import Parameters

    run_and_report(Parameters(problems, seed), shard, journal)


@app.command()
def imitation(
    runs: Annotated[int, typer.Option(min=1, help="Demonstrators, each imitated once.")] = 20,
    steps: Annotated[int, typer.Option(min=2, help="Steps of each run.")] = 5000,
    alike: Annotated[
        bool, typer.Option("--alike", help="Demonstrators of all behaviours alike, not drawn from the prior.")
    ] = False,
    seed: SeedOption = 0,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Imitation with abstention: how often is a demonstrator asked who is one of many stochastic programs?"""
    from sagredo.faces.bench.imitation import Imitation

    run_and_report(Imitation(runs=runs, steps=steps, alike=alike, seed=seed), shard, journal)


@app.command()
def sampling(
    problems: Annotated[int, typer.Option(min=1, help="Draws from the generative model.")] = 40,
    rows: Annotated[int, typer.Option(min=3, help="Rows of each draw.")] = 8,
    particles: Annotated[int, typer.Option(min=1, help="Particles of a population.")] = 500,
    sweeps: Annotated[int, typer.Option(min=1, help="Moves of a particle at each temperature.")] = 30,
    final_sweeps: Annotated[int, typer.Option(min=4, help="Moves of a particle at the posterior.")] = 100,
    seed: SeedOption = 0,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Sequential Monte Carlo over programs against posteriors known by enumeration."""
    from sagredo.faces.bench.sampling import Sampling

    run_and_report(Sampling(problems, rows, particles, sweeps, final_sweeps, seed), shard, journal)


@app.command()
def ablation(
    data: DataOption = None,
    rows: RowsOption = 40,
    noise: NoiseOption = 0.0,
    budget: BudgetOption = 60.0,
    effort: EffortOption = "normal",
    seed: SeedOption = 0,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Name of an equation; may be repeated.", show_default="a stratified quarter"),
    ] = None,
    monte_carlo: Annotated[
        bool, typer.Option("--monte-carlo", help="Let sequential Monte Carlo take part.")
    ] = False,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """The Feynman equations with all planners, and without each of them."""
    from sagredo.faces.bench.ablation import Ablation

    benchmark = Ablation(
        data=data,
        rows=rows,
        noise=noise,
        budget_seconds=budget,
        effort=effort,
        seed=seed,
        only=tuple(only or ()),
        monte_carlo=monte_carlo,
    )
    run_and_report(benchmark, shard, journal)


@app.command()
def kernels(
    repeats: Annotated[int, typer.Option(min=1, help="Interleaved repeats of each timing.")] = 7,
    seed: SeedOption = 0,
    journal: JournalOption = None,
) -> None:
    """Speed and memory: evaluator, bank, start-up time, peak memory of a run."""
    from sagredo.faces.bench.kernels import Kernels

    run_and_report(Kernels(repeats, seed), "1/1", journal)


@app.command()
def table(
    journals: Annotated[list[Path], typer.Argument(help="Journals of one run: all its shards.")],
) -> None:
    """Print the table of one or more journals (the shards of one run) in Markdown."""
    from importlib import import_module

    from sagredo.faces.bench.journal import Journal, merge
    from sagredo.faces.bench.results import markdown
    from sagredo.problem.errors import InvalidInput

    journal = merge([Journal.load(path) for path in journals])
    names = (
        "feynman",
        "nguyen",
        "calibration",
        "posterior",
        "parameters",
        "imitation",
        "sampling",
        "ablation",
        "nist",
        "empirical",
        "kernels",
    )
    kinds = {name: name.capitalize() for name in names} | {
        "location_finding": "LocationFinding",
        "asked_laws": "AskedLaws",
        "recovery_curve": "RecoveryCurve",
    }
    if journal.command not in kinds:
        raise InvalidInput(
            f"The journal {journal.path} must be of one of the benchmarks {', '.join(kinds)}. "
            f"Got {journal.command!r} instead."
        )
    kind = getattr(import_module(f"sagredo.faces.bench.{journal.command}"), kinds[journal.command])
    typer.echo(markdown(kind, journal))
