"""The description of a plot of a report, and of its drawn file."""

from collections.abc import Callable
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots.history import Spot

Draw = Callable[[ReportData], Figure]
Wanted = Callable[[ReportData], bool]
Note = Callable[[ReportData], str]
Spots = Callable[[Figure, ReportData], tuple[Spot, ...]]


@dataclass(frozen=True)
class Plot:
    """Describe one plot: its name (the file is `<name>.png`), its caption, how and when it is drawn.

    `note` adds what is specific to a study to its caption, and `spots` finds the trials in the rendered figure, for the
    page to label them.
    """

    name: str
    section: str
    title: str
    caption: str
    draw: Draw
    wanted: Wanted
    note: Note = field(default=lambda _data: "")
    spots: Spots = field(default=lambda _figure, _data: ())

    @property
    def file(self) -> str:
        """The name of the PNG."""
        return f"{self.name}.png"


@dataclass(frozen=True)
class Drawn:
    """Name a PNG that lies in the report's folder: `width` and `height` in inches, `spots` are the places of trials."""

    file: str
    title: str
    caption: str
    section: str
    width: float
    height: float
    spots: tuple[Spot, ...] = ()
