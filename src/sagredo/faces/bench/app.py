"""The commands ``sagredo bench ...``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from sagredo.faces.bench.benchmark import Benchmark

app = typer.Typer(
    help="Measure Sagredo: every figure comes from a journal that resumes after an interruption.",
    no_args_is_help=True,
)

design_app = typer.Typer(help="Are the measurements that it asks for worth it?", no_args_is_help=True)
app.add_typer(design_app, name="design")

INTERRUPTED_EXIT_CODE = 130
"""128 + SIGINT, as shells report it."""

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the data sets.", show_default="../shared/data", file_okay=False),
]
JournalOption = Annotated[
    Path | None,
    typer.Option("--journal", help="Journal to write or resume.", show_default="bench-COMMAND.jsonl"),
]
ShardOption = Annotated[str, typer.Option("--shard", help="Run part i of n of the tasks, as i/n.")]
RowsOption = Annotated[int, typer.Option("--rows", min=3, help="Rows of each problem.")]
NoiseOption = Annotated[float, typer.Option("--noise", min=0.0, help="Noise, as a fraction of the rms of y.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random.")]
SeedsOption = Annotated[int, typer.Option("--seeds", min=1, help="Number of seeds, counted from --seed.")]
BudgetOption = Annotated[float, typer.Option("--budget", help="Seconds for each problem.")]
EffortOption = Annotated[str, typer.Option("--effort", help="reflex, quick, normal or deep.")]


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
    _run(benchmark, shard, journal)


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
    _run(benchmark, shard, journal)


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
    _run(benchmark, shard, journal)


@app.command()
def nist(data: DataOption = None, shard: ShardOption = "1/1", journal: JournalOption = None) -> None:
    """NIST's 27 nonlinear regressions in their given form, from both starts, against the certified values."""
    from sagredo.faces.bench.nist import Nist

    _run(Nist(data), shard, journal)


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

    _run(Empirical(data, budget, effort, seed, tuple(only or ())), shard, journal)


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

    _run(Calibration(problems, rows, budget, effort, seed), shard, journal)


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
    _run(Posterior(problems, budget, effort, seed, rivals), shard, journal)


@app.command()
def parameters(
    problems: Annotated[int, typer.Option(min=1, help="Draws whose program has parameters.")] = 2000,
    seed: SeedOption = 0,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Draws from the generative model: where do the true parameters lie in their posterior, given the form?"""
    from sagredo.faces.bench.parameters import Parameters

    _run(Parameters(problems, seed), shard, journal)


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

    _run(Imitation(runs=runs, steps=steps, alike=alike, seed=seed), shard, journal)


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

    _run(Sampling(problems, rows, particles, sweeps, final_sweeps, seed), shard, journal)


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
    _run(benchmark, shard, journal)


@app.command()
def kernels(
    repeats: Annotated[int, typer.Option(min=1, help="Interleaved repeats of each timing.")] = 7,
    seed: SeedOption = 0,
    journal: JournalOption = None,
) -> None:
    """Speed and memory: evaluator, bank, start-up time, peak memory of a run."""
    from sagredo.faces.bench.kernels import Kernels

    _run(Kernels(repeats, seed), "1/1", journal)


@design_app.command()
def location(
    runs: Annotated[int, typer.Option(min=1, help="Hidden sources, each located by every policy.")] = 200,
    measurements: Annotated[int, typer.Option(min=1, help="Measurements of each run.")] = 30,
    contrastive: Annotated[int, typer.Option(min=1, help="Draws of the prior in the bound (L).")] = 1_000_000,
    seed: SeedOption = 0,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """Location finding: the nats learned of one hidden source, asked by information gain or at random."""
    from sagredo.faces.bench.location_finding import LocationFinding

    benchmark = LocationFinding(runs=runs, measurements=measurements, contrastive=contrastive, seed=seed)
    _run(benchmark, shard, journal)


@design_app.command()
def laws(
    data: DataOption = None,
    noise: NoiseOption = 0.05,
    work_units: Annotated[int, typer.Option(min=1, help="Work units of each search.")] = 100_000,
    most: Annotated[int, typer.Option(min=1, help="Measurements at most.")] = 100,
    seed: SeedOption = 0,
    only: Annotated[list[str] | None, typer.Option(help="Name of an equation; may be repeated.")] = None,
    quarter: Annotated[bool, typer.Option("--quarter", help="A fixed stratified quarter of them.")] = False,
    shard: ShardOption = "1/1",
    journal: JournalOption = None,
) -> None:
    """The Feynman equations, measured one row at a time: how many measurements until the law is sure."""
    from sagredo.faces.bench.asked_laws import AskedLaws

    benchmark = AskedLaws(
        data=data,
        noise=noise,
        work_units=work_units,
        most=most,
        seed=seed,
        only=tuple(only or ()),
        quarter=quarter,
    )
    _run(benchmark, shard, journal)


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


def _run(benchmark: Benchmark, shard_text: str, path: Path | None) -> None:
    """Run what the journal does not have yet, write the results beside it and print the table."""
    from rich.console import Console

    from sagredo.faces.bench import benchmark as loop
    from sagredo.faces.bench.journal import Journal, Shard
    from sagredo.faces.bench.machine import commit, machine
    from sagredo.faces.bench.results import markdown, write_results

    shard = Shard.parse(shard_text)
    part = f"-{shard.index}of{shard.count}" if shard.count > 1 else ""
    path = path or Path(f"bench-{benchmark.command}{part}.jsonl")
    benchmark.tasks()  # What is missing is said before a journal is begun.
    session = {"commit": commit(), "machine": machine()}
    journal = Journal.resume(path, benchmark.command, benchmark.options(), session)
    console = Console(stderr=True)
    finished = loop.run(benchmark, journal, shard, console)
    typer.echo(markdown(type(benchmark), journal))
    written = write_results(type(benchmark), journal)
    console.print(f"Written: {path}, {written[0]}, {written[1]}", markup=False)
    if not finished:
        console.print("Interrupted. The same command goes on from here.")
        raise typer.Exit(INTERRUPTED_EXIT_CODE)
