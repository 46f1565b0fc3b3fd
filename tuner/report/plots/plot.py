"""The description of a plot of a report, and of its drawn file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

import pandas as pd
from matplotlib.figure import Figure

from keras_search.tuner.report.contents import ReportData

Draw = Callable[[ReportData], Figure]
Wanted = Callable[[ReportData], bool]
Note = Callable[[ReportData], str]
Table = Callable[[ReportData], pd.DataFrame]


class Ready(Enum):
    """The stage after which what a plot shows is complete."""

    SEARCH = auto()
    RETRAINING = auto()
    """That of the plot's own model."""
    END = auto()


@dataclass(frozen=True)
class Plot:
    """Describe one plot: its name (the file is `<name>.png`), its caption, how and when it is drawn.

    `note` adds what is specific to a study to its caption. `data` are the files of the report that hold what it shows;
    `table` is what it shows if no file does, for a file of its own, `<name>.csv`. `ready` says from when on it can be
    drawn ahead of the report, and `model` which retrained model it is about.
    """

    name: str
    section: str
    title: str
    caption: str
    draw: Draw
    wanted: Wanted
    note: Note = field(default=lambda _data: "")
    data: tuple[str, ...] = ()
    table: Table | None = None
    ready: Ready = Ready.SEARCH
    model: Note = field(default=lambda _data: "")

    @property
    def file(self) -> str:
        """The name of the PNG."""
        return f"{self.name}.png"


@dataclass(frozen=True)
class Drawn:
    """A plot as it was drawn: a PNG in the report's folder, `width` x `height` inches, and SVGs for the page.

    `wide` is the SVG for a wide screen, `narrow` that for a phone; `data` are the files with what it shows.
    """

    file: str
    title: str
    caption: str
    section: str
    width: float
    height: float
    wide: str = ""
    narrow: str = ""
    data: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the plot."""
        return self.file.removesuffix(".png")
