"""Wrap sentences between words where they go to a terminal; a pipe or a file gets whole lines.

A command at the end of a line stays in one piece, so that it can be copied.
"""

import io
import re

from keras_search.tuner.console.streams import say, terminal_width

_COMMAND = re.compile(r"(?<=: )keras-search \S.*$")


def tell(text: str, error: bool = False) -> None:
    """Print sentences and tables to stdout or stderr."""
    width = terminal_width(error)
    say(text if width is None else wrapped(text, width), error)


def wrapped(text: str, width: int) -> str:
    """Wrap each line of a text between words.

    >>> wrapped("Stopped; nothing is lost. Continue: keras-search resume digits", 40)
    'Stopped; nothing is lost. Continue:\\nkeras-search resume digits'
    """
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> list[str]:
    if line.isascii() and len(line) <= width:
        return [line]
    from rich.console import Console
    from rich.text import Text  # take a while to import

    whole = Text(line)
    if whole.cell_len <= width:
        return [line]
    command = _COMMAND.search(line)
    if command is not None and command.start() > 0:
        return [*_parts(line[: command.start()].rstrip(), width), command.group()]
    if command is not None or line.startswith("keras-search "):
        return [line]
    console = Console(file=io.StringIO(), width=width, color_system=None)
    return [str(part).rstrip() for part in whole.wrap(console, width)]
