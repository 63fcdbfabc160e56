"""What a user is told when the input can't be used."""

from __future__ import annotations

from typing import final


@final
class InvalidInput(ValueError):
    """The user's input can't be used.

    The message is one to three sentences: what must hold, what was got, and what to do. Faces print it
    as it is; the command line then exits with 2.
    """
