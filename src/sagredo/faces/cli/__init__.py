"""The command line: ``sagredo fit``, ``predict``, ``update``, ``suggest``, ``report``, ``demo`` and ``bench``.

Exit codes: 0 done; 2 the input can't be used (one sentence on standard error says why); 130 interrupted by
Ctrl-C (a search still prints and writes the best it has found so far).
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from sagredo.faces.cli import demo
from sagredo.faces.cli.fit import fit
from sagredo.faces.cli.predict import predict
from sagredo.faces.cli.report import report
from sagredo.faces.cli.suggest import suggest
from sagredo.faces.cli.update import update
from sagredo.problem.errors import InvalidInput

INVALID_INPUT_EXIT_CODE = 2
INTERRUPTED_EXIT_CODE = 130
"""128 + SIGINT, as shells report it: a script can tell a complete answer from an interrupted one."""

_PRINTED_IN_VAIN = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a full disk behind standard output."""

READER_GONE_EXIT_CODE = 141
"""128 + SIGPIPE, as shells report it: whoever read what is printed has enough (``sagredo predict ... | head``)."""

app = typer.Typer(
    name="sagredo",
    help="From a table of measurements to the law that made them, and how sure it is.",
    no_args_is_help=True,
    # Rich help would double the time of --help; plain tracebacks serve the developers they are for best.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(fit)
app.command()(predict)
app.command()(update)
app.command()(report)
app.command()(suggest)
app.add_typer(demo.app, name="demo")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sagredo {version('sagredo')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def bench(context: typer.Context) -> None:
    """Measure Sagredo: sagredo bench kernels|nist|empirical|feynman|posterior|design."""
    from sagredo.faces.bench.app import app as bench_app

    bench_app(context.args, prog_name="sagredo bench")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a letter of a column's name gets a question mark, not a crash.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # replaced streams may lack it
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in (*_PRINTED_IN_VAIN, errno.EPIPE):
            raise
        _let_go_of_standard_output()
        if error.errno == errno.EPIPE:
            return READER_GONE_EXIT_CODE
        print(
            f"sagredo: What is printed must have somewhere to go, but {error.strerror}. Make room, or print elsewhere.",
            file=sys.stderr,
        )
        return INVALID_INPUT_EXIT_CODE
    return code


def _let_go_of_standard_output() -> None:
    """What is left in its buffer would fail once more at the end of the process."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        app(None if arguments is None else list(arguments), standalone_mode=True)
    except InvalidInput as problem:
        print(f"sagredo: {problem}", file=sys.stderr)
        return INVALID_INPUT_EXIT_CODE
    except KeyboardInterrupt:
        print("sagredo: interrupted", file=sys.stderr)
        return INTERRUPTED_EXIT_CODE
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
