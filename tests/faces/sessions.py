"""What tests of sessions share."""

from __future__ import annotations

from sagredo import Session

BOX = {"x": (0.0, 10.0)}


def told(session: Session) -> list[float]:
    return [response for _, response in session.rows]


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt
