"""One benchmark from the command line: its journal resumed, its results written, its table printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from sagredo.faces.bench.benchmark import Benchmark

INTERRUPTED_EXIT_CODE: Final = 130
"""128 + SIGINT, as shells report it."""


def run_and_report(benchmark: Benchmark, shard_text: str, path: Path | None) -> None:
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
