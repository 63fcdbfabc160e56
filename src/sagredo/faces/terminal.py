"""A result in the terminal: the law, how sure it is, the ranked table, and a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sagredo.faces import rendering, wording
from sagredo.faces.pictures import has_picture, picture_of_fit
from sagredo.faces.terminal_plot import terminal_plot

if TYPE_CHECKING:
    from sagredo.faces.result import Result
    from sagredo.posterior.posterior import WeightedProgram

_PICTURE_WIDTH = 72
_PICTURE_HEIGHT = 20
_NARROWEST_PICTURE = 30
"""Characters: the picture's size where there is room, and the width under which there is none."""

_TABLE_ROWS = 8
"""Laws in the table; --json and the report hold all."""

_GROUP_ROWS = 12
"""Groups in the table of parameters; --json and the report hold all."""

_NARROW = 60
"""Below this width the table has no column of bits or errors, so that the laws can be read."""


def summary(result: Result, *, width: int, ascii_only: bool = False) -> RenderableType:
    """Everything that a person wants to see first."""
    parts: list[RenderableType] = [Text()]
    if result.posterior.programs:
        parts += [_law(result), *_by_group(result), Text()]
    parts.append(Text(wording.verdict(result)))
    parts.append(Text(_how_it_ended(result), style="dim"))
    if noise := wording.noise_text(result):
        parts.append(Text(noise, style="dim"))
    if result.posterior.programs:
        parts += [Text(), _table(result, width)]
    if has_picture(result) and width >= _NARROWEST_PICTURE:
        picture = picture_of_fit(result)
        drawn = terminal_plot(
            picture.axes,
            picture.points,
            picture.curve,
            picture.labels,
            width=min(width - 2, _PICTURE_WIDTH),
            height=_PICTURE_HEIGHT,
            ascii_only=ascii_only,
        )
        parts += [Text(), Padding(drawn, (0, 1))]
    return Group(*parts)


def display_text(result: Result, weighted: WeightedProgram) -> str:
    """A program with its parameters rounded to the digits that count."""
    shown = rendering.shown(result.language, weighted.score)
    return rendering.program_text(result.language, wording.rounded(shown))


def _law(result: Result) -> RenderableType:
    best = result.best
    law = Text("  ")
    law.append(f"{result.quantity} = ", style="bold")
    law.append(display_text(result, best), style="bold green")
    law.append(f"   probability {wording.probability_text(best.probability)}")
    for text in wording.parameter_texts(result, best.score):
        law.append(f"\n    {text}", style="dim")
    return law


def _by_group(result: Result) -> list[RenderableType]:
    """The parameters that differ between groups, where there are groups."""
    heads, lines = wording.parameters_by_group(result, result.best.score)
    if not heads:
        return []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for k, head in enumerate(heads):
        table.add_column(head, justify="left" if k == 0 else "right", overflow="fold")
    for line in lines[:_GROUP_ROWS]:
        table.add_row(*line)
    if len(lines) > _GROUP_ROWS:
        table.caption = f"{len(lines) - _GROUP_ROWS} more groups are not shown"
        table.caption_justify = "left"
    return [Text(), Padding(table, (0, 0, 0, 4))]


def _how_it_ended(result: Result) -> str:
    reason = wording.STOP_REASON_TEXT[result.stop_reason]
    text = f"Stopped after {result.seconds:.1f} s and {result.work_units:,} work units: {reason}."
    if result.posterior.unseen_mass is not None:
        unseen = wording.probability_text(result.posterior.unseen_mass)
        text += f" Laws not seen have a probability of about {unseen}."
    return text


def _table(result: Result, width: int) -> Table:
    narrow = width < _NARROW
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("probability", justify="right", no_wrap=True)
    if not narrow:
        table.add_column("bits", justify="right", no_wrap=True)
        table.add_column("rmse", justify="right", no_wrap=True)
    table.add_column("law", overflow="fold")
    shown = result.posterior.programs[:_TABLE_ROWS]
    for k, weighted in enumerate(shown):
        score = weighted.score
        middle = [] if narrow else [f"{score.description_length_bits:.1f}", wording.rmse_text(score)]
        law = Text(display_text(result, weighted), style="green" if k == 0 else "")
        table.add_row(wording.probability_text(weighted.probability), *middle, law)
    null_bits = result.posterior.null_bits
    middle = [] if narrow else [f"{null_bits:.1f}", ""]
    table.add_row("", *middle, Text("(no law: noise alone)", style="dim"), style="dim")
    more = len(result.posterior.programs) - len(shown)
    if more > 0:
        table.caption = f"{more} less probable laws are not shown"
        table.caption_justify = "left"
    return table
