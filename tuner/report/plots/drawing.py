"""Draw the plots of a report into files, and into the page."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.csv_text import csv_text
from keras_search.tuner.report.net import Net
from keras_search.tuner.report.plots import style
from keras_search.tuner.report.plots.catalogue import catalogue, part_of
from keras_search.tuner.report.plots.plot import Drawn, Plot
from keras_search.tuner.report.plots.text_layout import measured_once
from keras_search.tuner.report.plots.vector import vector
from keras_search.tuner.report.plots.watched import Key, read_again, same
from keras_search.tuner.system.importing import uncollected
from keras_search.tuner.system.second_process import SecondProcess

MOST_ROWS = 100_000
"""A plot of more rows than this has no file of its own for them."""


@dataclass(frozen=True)
class Picture:
    """A drawn plot: its PNG, and what the page shows."""

    png: bytes
    drawn: Drawn


@dataclass(frozen=True)
class Half:
    """A plot drawn for a phone, or for a wide screen, which includes its PNG.

    `source` is what it was drawn from, if that was noted: parts of the report's data.
    """

    picture: Picture | None
    narrow: str = ""
    source: Mapping[Key, Any] = field(default_factory=dict)

    def shows(self, data: ReportData) -> bool:
        """Return whether it shows these data: all that it was drawn from is the same."""
        return all(same(value, read_again(data, key)) for key, value in self.source.items())


Place = tuple[str, bool]
"""The name of a plot, and whether it is drawn for a phone."""
Halves = Mapping[Place, Half]


@dataclass(frozen=True)
class Ahead:
    """What was drawn before the report; what is `begun` another process still draws, and `rest()` helps and returns."""

    halves: Halves = field(default_factory=dict)
    begun: frozenset[Place] = frozenset()
    rest: Callable[[], Halves] = dict


def draw_all(data: ReportData, folder: Path, net: Net | None = None, ahead: Callable[[], Ahead] = Ahead) -> list[Drawn]:
    """Draw every plot of the catalogue, with the tables that only it shows, into `folder`; list what was drawn.

    What `ahead` returns, and still shows the data, is taken from there.
    """
    net, drawn, plots = net or Net(), [], catalogue(data, net)
    pictures = _pictures(plots, data, net, ahead())
    for plot in plots:
        if (picture := pictures[plot.name]) is not None:
            (folder / plot.file).write_bytes(picture.png)
            table = net.catch(
                f"the data of the plot {plot.name}", partial(_keep_table, plot, data, folder), tuple[str, ...]()
            )
            drawn.append(replace(picture.drawn, data=(*plot.data, *table)))
    return drawn


def _pictures(plots: Sequence[Plot], data: ReportData, net: Net, ahead: Ahead) -> dict[str, Picture | None]:
    """Draw what is not in `ahead` as the data are, in two processes; plots that fail are None."""
    known = {place: half for place, half in ahead.halves.items() if half.shows(data)}
    known |= _drawn([job for job in jobs_of(plots) if _place(*job) not in known.keys() | ahead.begun], data, ahead.rest)
    known |= _drawn([job for job in jobs_of(plots) if _place(*job) in ahead.begun - known.keys()], data)
    return {
        plot.name: _joined(known[plot.name, False], known[plot.name, True])
        if {(plot.name, False), (plot.name, True)} <= known.keys()
        else net.catch(part_of(plot), partial(draw, plot, data), None)
        for plot in plots
    }


def _drawn(jobs: Sequence[tuple[Plot, bool]], data: ReportData, rest: Callable[[], Halves] = dict) -> dict[Place, Half]:
    """Draw halves in two processes, and then get the `rest`; those that fail, or do not show the data, are left out."""
    found: dict[Place, Half] = {}
    with SecondProcess(lambda job: draw_half(*jobs[job], data), len(jobs)) as second:
        for job in second.jobs():
            with suppress(Exception):  # which the whole plot meets again
                found[_place(*jobs[job])] = draw_half(*jobs[job], data)
        found |= {place: half for place, half in rest().items() if half.shows(data)}
        return found | {_place(*jobs[job]): half for job, half in second.results().items()}


def jobs_of(plots: Sequence[Plot]) -> list[tuple[Plot, bool]]:
    """List the halves of plots in the order to draw them: what takes longest comes first, as in most reports."""
    return [(plot, narrow) for narrow in (False, True) for plot in reversed(plots)]


def draw(plot: Plot, data: ReportData) -> Picture:
    """Draw a plot for a file, for a wide screen and for a phone."""
    return _joined(draw_half(plot, False, data), draw_half(plot, True, data))


def draw_half(plot: Plot, narrow: bool, data: ReportData) -> Half:
    """Draw a plot for a phone, or for a file and a wide screen."""
    with measured_once(), uncollected():  # an eighth of the time, for garbage of a few megabytes
        places = {str(name): row for row, name in enumerate(data.trials["trial"])}
        if narrow:
            with style.phone():
                return Half(None, vector(plot.draw(data), f"{plot.name}-phone", places))
        figure = plot.draw(data)
        png = style.png(figure)
        width, height = (float(side) for side in figure.get_size_inches())
        figure.set_layout_engine("none")  # everything is in its place
        wide = vector(figure, plot.name, places)
        caption = f"{plot.caption} {plot.note(data)}".strip()
        return Half(Picture(png, Drawn(plot.file, plot.title, caption, plot.section, width, height, wide)))


def _place(plot: Plot, narrow: bool) -> Place:
    return plot.name, narrow


def _joined(wide: Half, narrow: Half) -> Picture:
    assert wide.picture is not None
    return replace(wide.picture, drawn=replace(wide.picture.drawn, narrow=narrow.narrow))


def _keep_table(plot: Plot, data: ReportData, folder: Path) -> tuple[str, ...]:
    """Write what a plot shows beside its picture, if no other file holds it, and return the file's name."""
    if plot.table is None or len(table := plot.table(data)) > MOST_ROWS:
        return ()
    (folder / f"{plot.name}.csv").write_text(csv_text(table), encoding="utf-8", newline="\n")
    return (f"{plot.name}.csv",)
