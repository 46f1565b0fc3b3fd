"""Write a table of rich as plain text."""

import io

from rich.console import Console
from rich.table import Table

WIDTH = 10_000
"""Characters; a terminal folds a line that is longer than it, a program wants it whole."""


def as_text(table: Table) -> str:
    """Give a table as lines of text, each as long as it needs to be."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
