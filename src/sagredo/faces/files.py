"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sagredo.problem.errors import InvalidInput


def check_writable(path: Path) -> None:
    """Find out now, not after a long search, whether a file can be written.

    Raises:
        InvalidInput: the folder is missing or closed, or the path is a folder.
    """
    folder = path.parent
    _check_ordinary(path)
    if not folder.is_dir():
        raise _unwritable(path, f"there is no folder {str(folder)!r}")
    if path.exists() and not os.access(path, os.W_OK):
        raise _unwritable(path, "the file is write-protected")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def write_whole(path: Path, text: str, *, new: bool = False) -> None:
    """Write a text file under a temporary name beside its place, then rename it.

    Raises:
        FileExistsError: it must be ``new``, and is there already.
        InvalidInput: the file cannot be written.
    """
    _check_ordinary(path)
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            # mkstemp makes private files; the user asked for an ordinary one.
            os.chmod(temporary, 0o666 & ~_umask())
            if new:
                os.link(temporary, path)  # Unlike a renaming, it never replaces a file.
                os.unlink(temporary)
            else:
                os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except FileExistsError:
        raise
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def _check_ordinary(path: Path) -> None:
    """Refuse what a renaming would replace rather than write to: a folder, a device, a pipe."""
    if path.is_dir():
        raise _unwritable(path, "it is a folder")
    if path.exists() and not path.is_file():
        raise _unwritable(path, "it is a device or a pipe, which a file would replace")


def _umask() -> int:
    """The process's mask of permissions, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"The output file {str(path)!r} must be writable, but {why}. Choose another path or make it writable."
    )
