"""The commands ``sagredo bench design ...``."""

from __future__ import annotations

from typing import Annotated

import typer

from sagredo.faces.bench.options import DataOption, JournalOption, NoiseOption, SeedOption, ShardOption
from sagredo.faces.bench.run import run_and_report

app = typer.Typer(help="Are the measurements that it asks for worth it?", no_args_is_help=True)


@app.command()
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
    run_and_report(benchmark, shard, journal)


@app.command()
def laws(
    data: DataOption = None,
    noise: NoiseOption = 0.05,
    work_units: Annotated[int, typer.Option(min=1, help="Work units of each search.")] = 1_000_000,
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
    run_and_report(benchmark, shard, journal)
