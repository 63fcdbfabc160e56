"""``sagredo report``: a saved fit as a page to read and to send."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    model: Annotated[Path, typer.Argument(help="File written by sagredo fit --save.", show_default=False)],
    out: Annotated[Path, typer.Option(help="HTML file to write.", show_default=False)],
) -> None:
    """Write a saved fit as one HTML file that fetches nothing."""
    from sagredo.faces.files import check_writable
    from sagredo.faces.model_file import load_model
    from sagredo.faces.report import write_report

    check_writable(out)
    write_report(load_model(model), out)
