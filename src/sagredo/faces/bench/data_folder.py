"""Where the data sets to measure on lie; they are no part of this package."""

from __future__ import annotations

from pathlib import Path

from sagredo.problem.errors import InvalidInput

DEFAULT_FOLDER = Path("../shared/data")


def data_file(folder: Path | None, *parts: str) -> Path:
    """The path of a data set below ``folder`` (None: ``../shared/data``, from the working directory).

    Raises:
        InvalidInput: the folder or the data set in it does not exist.
    """
    root = DEFAULT_FOLDER if folder is None else folder
    path = root.joinpath(*parts)
    if path.exists():
        return path
    if not root.is_dir():
        raise InvalidInput(
            f"The folder of the benchmark data must exist. Got {str(root)!r}, which is no folder. "
            "Name the folder that holds feynman/, nist/, empirical/ and tables/ with --data."
        )
    raise InvalidInput(
        f"The benchmark data must contain {'/'.join(parts)}. There is none in {str(root)!r}. "
        "Name another folder with --data, or put the data set there."
    )
