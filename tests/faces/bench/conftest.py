from __future__ import annotations

from pathlib import Path

REFERENCE_DATA = Path(__file__).parents[3] / "../shared/data"

# The original data sets are no part of the package; where they lie beside it they are tested in full. The
# formats themselves are tested everywhere, on files that the tests write.
collect_ignore = [] if REFERENCE_DATA.is_dir() else ["test_reference_data.py"]
