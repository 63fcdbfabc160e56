"""What a benchmark leaves: a table in Markdown and the records in JSON, with seed, commit and machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sagredo.faces.bench.benchmark import Benchmark
from sagredo.faces.bench.journal import SCHEMA, Journal
from sagredo.faces.bench.machine import one_line
from sagredo.faces.files import write_whole


def markdown(benchmark: type[Benchmark], journal: Journal) -> str:
    """The figures, the table and where it all ran."""
    records = list(journal.records.values())
    figures = [f"- {name.replace('_', ' ')}: {value}" for name, value in benchmark.summary(records).items()]
    options = " ".join(f"{name}={value}" for name, value in journal.options.items())
    sessions = {
        f"- commit {session.get('commit') or 'unknown'}, {one_line(session['machine'])}": None
        for session in journal.sessions
    }
    return "\n".join(
        [
            f"### bench {journal.command}",
            "",
            *figures,
            f"- options: {options}",
            *sessions,
            "",
            benchmark.table(records).markdown(),
            "",
        ]
    )


def as_json(benchmark: type[Benchmark], journal: Journal) -> dict[str, Any]:
    """Everything, for machines."""
    records = list(journal.records.values())
    return {
        "schema": SCHEMA,
        "command": journal.command,
        "options": journal.options,
        "sessions": journal.sessions,
        "summary": benchmark.summary(records),
        "records": journal.records,
    }


def write_results(benchmark: type[Benchmark], journal: Journal) -> tuple[Path, Path]:
    """Write the table and the JSON beside the journal, with its name; their paths."""
    table, records = journal.path.with_suffix(".md"), journal.path.with_suffix(".json")
    write_whole(table, markdown(benchmark, journal))
    write_whole(records, json.dumps(as_json(benchmark, journal), indent=1, allow_nan=False) + "\n")
    return table, records
