"""What a plot of a report is, and what becomes of it once it is drawn."""

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
    """Describe one plot: its name (the file is `<name>.png`), what is seen in it, how and when it is drawn.

    `note` is what its caption says besides of one study, and `spots` finds the trials in the rendered figure, for the
    page to say what they are.
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
    """Name a PNG that lies in the report's folder: `width` and `height` in inches, where trials are in `spots`."""

    file: str
    title: str
    caption: str
    section: str
    width: float
    height: float
    spots: tuple[Spot, ...] = ()
