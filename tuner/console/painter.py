"""Draw a view at the bottom of a terminal again and again, with lines that stay printed above it."""

import io
import sys
import threading
from collections.abc import Callable
from typing import Self, TextIO

from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.text import Text

from keras_search.tuner.console.terminal import cell

SECONDS = 0.25
"""How often the view is drawn."""
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
"""Between these, a terminal that knows them shows nothing half drawn."""
Draw = Callable[[int, int], RenderableType]
"""Makes the view for a width and a height, in characters."""


class Painter:
    """Draws a view until it is closed, which erases it; a context manager.

    Each time is one write, so that nothing comes between its parts. What the process itself prints to the terminal
    meanwhile appears above the view.
    """

    def __init__(self, console: Console, draw: Draw) -> None:
        self._console, self._draw = console, draw
        self._widths: list[int] = []
        self._lock, self._closing = threading.RLock(), threading.Event()
        self._thread = threading.Thread(target=self._repeat, daemon=True)
        self._streams: tuple[TextIO, TextIO] | None = None

    def __enter__(self) -> Self:
        self._write(HIDE)
        self._streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (_Above(self, stream) if _shown(stream) else stream for stream in self._streams)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        if self._streams is not None:
            sys.stdout, sys.stderr = self._streams
        with self._lock:
            self._write(self._erased() + SHOW)

    def paint(self) -> None:
        """Draw the view as it is now."""
        with self._lock:
            self._put("")

    def above(self, text: Text) -> None:
        """Print a text above the view."""
        with self._lock, self._console.capture() as captured:
            self._console.print(text)
        with self._lock:
            self._put(captured.get())

    def _repeat(self) -> None:
        while not self._closing.wait(SECONDS):
            self.paint()

    def _put(self, printed: str) -> None:
        width, height = self._console.size
        options = self._console.options.update_dimensions(width, height)
        found = self._console.render_lines(self._draw(width, height), options, pad=False)
        lines = [_trimmed(line) for line in found[: max(1, height - 1)]]
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(*(Text(part.text, part.style or "") for part in line), sep="", end="\x1b[K\n",
                                    soft_wrap=True)  # fmt: skip
        begin = self._erased() if printed else self._risen(width)
        self._widths = [sum(part.cell_length for part in line) for line in lines]
        self._write(f"{BEGIN}{begin}{printed}{captured.get()}\x1b[J{END}")

    def _risen(self, width: int) -> str:
        """Return what moves the cursor to the view's first line, of which a narrower terminal has made several."""
        rows = sum(max(1, -(-each // width)) for each in self._widths)
        return f"\r\x1b[{rows}A" if rows else "\r"

    def _erased(self) -> str:
        """Return what erases the view."""
        begin, self._widths = self._risen(self._console.size.width), []
        return f"{begin}\x1b[J"

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()


def _trimmed(line: list[Segment]) -> list[Segment]:
    """Leave out the spaces at the end of a line, which would wrap where the terminal becomes narrower."""
    kept = list(line)
    while kept and not (text := kept.pop().text.rstrip()):
        pass
    return [*kept, Segment(text, line[len(kept)].style)] if line else []


class _Above(io.TextIOBase):
    """A stream that prints whole lines above the view."""

    def __init__(self, painter: Painter, stream: TextIO) -> None:
        self._painter, self._stream, self._rest = painter, stream, ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream."""
        return self._stream.encoding

    def fileno(self) -> int:
        """Return the stream's descriptor."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Return true: only terminals are replaced."""
        return True

    def write(self, text: str) -> int:
        """Print the lines that are whole."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._painter.above(cell(line))
        return len(text)


def _shown(stream: object) -> bool:
    """Return whether a stream is a terminal."""
    try:
        return bool(getattr(stream, "isatty", bool)())
    except ValueError:  # it is closed
        return False
