"""Format tables and text for a terminal; text from a user is never read as markup."""

import io
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

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


def as_text(table: Table, width: int = WIDTH) -> str:
    """Return a table as lines of text, each as long as necessary, up to `width` characters."""
    wide = Console(file=io.StringIO(), width=width, color_system=None, markup=False, emoji=False, highlight=False,
                   force_jupyter=False)  # fmt: skip
    with wide.capture() as captured:
        wide.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
