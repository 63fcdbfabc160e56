"""Where a benchmark ran: the machine, the versions, the commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from sagredo.faces.induce import available_cores

_PACKAGES = ("sagredo", "numpy", "scipy")
"""The packages whose versions decide a figure."""


def machine() -> dict[str, object]:
    """The processor, the usable cores, the memory, the system and the versions, ready for JSON."""
    return {
        "processor": _processor(),
        "cores": available_cores(),
        "memory_bytes": _memory_bytes(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def commit() -> str | None:
    """The git commit of the source tree that this package runs from, with ``+`` where files differ from it.

    None for an installed package that has no repository around it.
    """
    source = Path(__file__).resolve().parent
    revision = _git(source, "rev-parse", "HEAD")
    # Without a file of this package under version control, the repository around it is another project's.
    if revision is None or not _git(source, "ls-files", "."):
        return None
    changed = _git(source, "status", "--porcelain", "--untracked-files=no")
    return revision + ("+" if changed else "")


def peak_memory_bytes() -> int:
    """The most resident memory that this process has had so far."""
    import resource  # Unix alone has it.

    # Linux counts in KiB, macOS in bytes (getrusage(2)).
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def one_line(description: dict[str, object]) -> str:
    """A description from :func:`machine` as one line of a caption."""
    return f"{description['processor']}, {description['cores']} cores, Python {description['python']}"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # Not Linux: the platform module is asked instead.
    return platform.processor() or platform.machine()


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
