"""The options that several commands of ``sagredo bench`` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
