"""Format tables and text for a terminal; text from a user is never read as markup."""

import io
from collections.abc import Sequence
from typing import IO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from keras_search.tuner.console.streams import terminal_width
from keras_search.tuner.system.text import visible

WIDTH = 10_000
"""Characters; a terminal wraps longer lines itself, a program wants them whole."""


def console(file: IO[str] | None = None, width: int | None = None, quiet: bool = False) -> Console:
    """Make a rich console that prints text as it is: without markup, emoji codes, or highlighting."""
    return Console(file=file, width=width, quiet=quiet, markup=False, emoji=False, highlight=False,
                   force_jupyter=False)  # fmt: skip


def cell(text: object, style: str = "") -> Text:
    """Return text on one line for a table or a console."""
    return Text(visible(text, lines=False), style)


def table(*heads: str) -> Table:
    """Make a table with a heading for each column and no lines."""
    made = Table(box=None, pad_edge=False)
    for head in heads:
        made.add_column(cell(head))
    return made


def add_row(to: Table, *cells: object) -> None:
    """Add a row to a table."""
    to.add_row(*(each if isinstance(each, Text) else cell(each) for each in cells))


def as_text(table: Table, width: int = WIDTH, leave_out: Sequence[str] = ()) -> str:
    """Return a table for stdout as lines of text, each as long as necessary, up to `width` characters.

    Where stdout is a narrower terminal, the columns with the heads `leave_out` are left out, in this order, until the
    rest fits.
    """
    limit = terminal_width()
    if limit is not None and limit < width:
        table = _narrowed(table, limit, leave_out)
        width = limit if _measured(table).minimum <= limit else width
    wide = Console(file=io.StringIO(), width=width, color_system=None, markup=False, emoji=False, highlight=False,
                   force_jupyter=False)  # fmt: skip
    with wide.capture() as captured:
        wide.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _narrowed(table: Table, width: int, leave_out: Sequence[str]) -> Table:
    """Return a table that is as wide at most, as far as columns may be left out."""
    for head in leave_out:
        if _measured(table).maximum > width:
            table = _without(table, head)
    return table


def _without(table: Table, head: str) -> Table:
    """Return a table without the column with a head."""
    made = Table(box=None, pad_edge=False, show_header=table.show_header)
    kept = [column for column in table.columns if str(column.header) != head]
    for column in kept:
        made.add_column(column.header, justify=column.justify, no_wrap=column.no_wrap)
    for row in zip(*(column.cells for column in kept), strict=True):
        made.add_row(*row)
    return made


def _measured(table: Table) -> Measurement:
    """Return the least and the greatest width that a table can use."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None)
    return Measurement.get(console, console.options, table)
