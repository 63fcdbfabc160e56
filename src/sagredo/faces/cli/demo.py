"""``sagredo demo``: what Sagredo does, on a law that it is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jaxtyping import Float64
    from numpy import ndarray
    from rich.console import Console

    from sagredo.faces.result import Result
    from sagredo.faces.session import Session

app = typer.Typer(help="See what Sagredo does, on a law that it is not told.", no_args_is_help=True)

SURE: Final = 0.95
"""The demonstration ends when one law has this probability."""

PAUSE_SECONDS: Final = 0.4
"""Between two measurements on a terminal, so that an eye can follow."""

CHECKED_POINTS: Final = 256
"""Queries at which the law found is compared with the hidden one."""


@app.callback()
def _demonstrations() -> None:
    pass


@app.command()
def active(
    law: Annotated[str, typer.Option(help="The hidden law, an expression in the inputs.")] = "4*x/(2 + x)",
    bounds: Annotated[
        list[str] | None,
        typer.Option(help="Range of an input; may be repeated.", show_default="x=0:10"),
    ] = None,
    noise: Annotated[float, typer.Option(min=0.0, help="Noise, as a fraction of the rms of the law.")] = 0.01,
    measurements: Annotated[int, typer.Option(min=1, help="Measurements at most.")] = 16,
    effort: Annotated[str, typer.Option(help="reflex, quick, normal or deep, for each search.")] = "reflex",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
) -> None:
    """A hidden law is discovered by asking: each measurement is chosen where it tells most."""
    from rich.console import Console

    from sagredo.domains.expressions.conditions import quantity
    from sagredo.faces.cli.options import intervals
    from sagredo.faces.session import Session

    ranges = intervals("--bounds", bounds or ["x=0:10"])
    hidden = quantity(law, tuple(ranges))
    session = Session(ranges, about="program", effort=effort, seed=seed)
    console = Console()
    result = _discover(session, hidden, noise, measurements, console)
    _reveal(session, hidden, law, result, console)


def _discover(
    session: Session,
    hidden: Callable[[Mapping[str, Float64[ndarray, " rows"]]], Float64[ndarray, " rows"]],
    noise: float,
    measurements: int,
    console: Console,
) -> Result | None:
    """Ask, measure and tell until one law is sure; the last result."""
    from time import sleep

    import numpy as np
    from rich.text import Text

    from sagredo.faces import wording
    from sagredo.faces.terminal import display_text
    from sagredo.problem.errors import InvalidInput

    rng = np.random.default_rng(session.settings.seed)
    values = hidden(_spread_over(session))
    deviation = noise * float(np.sqrt(np.nanmean(values**2)))
    result = None
    for number in range(1, measurements + 1):
        query = session.ask()[0]
        exact = hidden({name: np.array([value]) for name, value in query.inputs.items()})[0]
        if not np.isfinite(exact):
            raise InvalidInput(
                f"The hidden law must have a value within the bounds. It has none at {query.inputs}."
            )
        session.tell(query, exact + deviation * rng.standard_normal())
        told = session.rows[-1][1]
        at = ", ".join(f"{name} = {value:.3g}" for name, value in query.inputs.items())
        line = Text(f"{number:>3}  {at}  ->  {session.settings.target} = {told:.4g}")
        line.append(
            "   fills the space" if query.gain_nats is None else f"   expected {query.gain_nats:.2f} nats",
            "dim",
        )
        console.print(line, soft_wrap=True)
        if query.gain_nats is not None and (result := session.result()) is not None:
            if result.interrupted:
                raise KeyboardInterrupt
            best = result.best
            probability = wording.probability_text(best.probability)
            found = Text(f"     {display_text(result, best)}   probability {probability}", "green")
            console.print(found, soft_wrap=True)
            if best.probability >= SURE:
                break
        if console.is_terminal:
            sleep(PAUSE_SECONDS)
    return result


def _reveal(
    session: Session,
    hidden: Callable[[Mapping[str, Float64[ndarray, " rows"]]], Float64[ndarray, " rows"]],
    law: str,
    result: Result | None,
    console: Console,
) -> None:
    """Say what the law was, and how far the one found is from it."""
    import numpy as np
    from rich.text import Text

    console.print(Text(f"\nThe hidden law was {session.settings.target} = {law}"), soft_wrap=True)
    if result is None:
        console.print("There were too few measurements to look for one.")
        return
    inputs = _spread_over(session)
    truth, found = hidden(inputs), result.values(inputs)
    error = float(np.sqrt(np.nanmean((found - truth) ** 2) / np.nanmean(truth**2)))
    console.print(
        Text(
            f"The one found after {len(session.rows)} measurements is off by {100 * error:.2g}% within the bounds."
        )
    )


def _spread_over(session: Session) -> dict[str, Float64[ndarray, " rows"]]:
    """Points all over the bounds."""
    import numpy as np

    from sagredo.design.candidates import Box

    box = Box.of(session.settings.inputs)
    points = box.draw(np.random.default_rng(0), CHECKED_POINTS)
    return dict(zip(box.names, points.T.copy(), strict=True))
