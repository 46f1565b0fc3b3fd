"""Draw the plots of a report into files, and into the page."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
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
    """A drawn plot: its PNG, what the page shows, and what it was drawn from: parts of the report's data."""

    png: bytes
    drawn: Drawn
    source: Mapping[Key, Any]

    def shows(self, data: ReportData) -> bool:
        """Return whether it shows these data: all that it was drawn from is the same."""
        return all(same(value, read_again(data, key)) for key, value in self.source.items())


def draw_all(
    data: ReportData, folder: Path, net: Net | None = None, ahead: Callable[[], Mapping[str, Picture]] = dict
) -> list[Drawn]:
    """Draw every plot of the catalogue, with the tables that only it shows, into `folder`; list what was drawn.

    Those that `ahead` returns, by their names, and still show the data are taken from there.
    """
    net, drawn, plots = net or Net(), [], catalogue(data, net)
    pictures = _pictures(plots, data, net, ahead())
    for plot in plots:
        if (picture := pictures.get(plot.name)) is not None:
            (folder / plot.file).write_bytes(picture.png)
            table = net.catch(
                f"the data of the plot {plot.name}", partial(_keep_table, plot, data, folder), tuple[str, ...]()
            )
            drawn.append(replace(picture.drawn, data=(*plot.data, *table)))
    return drawn


def _pictures(
    plots: Sequence[Plot], data: ReportData, net: Net, ahead: Mapping[str, Picture]
) -> dict[str, Picture | None]:
    """Draw the plots that are not in `ahead` as the data are, in two processes; those that fail are None."""
    known = {name: picture for name, picture in ahead.items() if picture.shows(data)}
    missing = [plot for plot in plots if plot.name not in known]
    found: dict[str, Picture | None] = {**known, **_by_halves(missing, data)}
    for plot in missing:
        if plot.name not in found:
            found[plot.name] = net.catch(part_of(plot), partial(draw, plot, data), None)
    return found


def _by_halves(plots: Sequence[Plot], data: ReportData) -> dict[str, Picture]:
    """Draw plots in two processes, each for a wide screen first: those take longer, and the last job is to be short.

    A plot that fails is not among those returned.
    """
    count = len(plots)

    def half(job: int) -> Picture | str:
        return _wide(plots[job], data) if job < count else _narrow(plots[job - count], data)

    halves: dict[int, Any] = {}
    with measured_once(), SecondProcess(half, 2 * count) as second:
        for job in second.jobs():
            with suppress(Exception):  # the caller meets it again
                halves[job] = half(job)
        halves |= second.results()
    return {
        plot.name: _joined(halves[job], halves[job + count])
        for job, plot in enumerate(plots)
        if job in halves and job + count in halves
    }


def draw(plot: Plot, data: ReportData) -> Picture:
    """Draw a plot for a file, for a wide screen and for a phone."""
    return _joined(_wide(plot, data), _narrow(plot, data))


def _wide(plot: Plot, data: ReportData) -> Picture:
    """Draw a plot for a file and for a wide screen."""
    with measured_once(), uncollected():  # an eighth of the time, for garbage of a few megabytes
        figure = plot.draw(data)
        png = style.png(figure)
        width, height = (float(side) for side in figure.get_size_inches())
        figure.set_layout_engine("none")  # everything is in its place
        wide = vector(figure, plot.name, _places(data))
        caption = f"{plot.caption} {plot.note(data)}".strip()
        return Picture(png, Drawn(plot.file, plot.title, caption, plot.section, width, height, wide), {})


def _narrow(plot: Plot, data: ReportData) -> str:
    """Draw a plot for a phone."""
    with measured_once(), uncollected(), style.phone():
        return vector(plot.draw(data), f"{plot.name}-phone", _places(data))


def _joined(picture: Picture, narrow: str) -> Picture:
    return replace(picture, drawn=replace(picture.drawn, narrow=narrow))


def _places(data: ReportData) -> dict[str, int]:
    """Return the rows of the trials in the page's table."""
    return {str(name): row for row, name in enumerate(data.trials["trial"])}


def _keep_table(plot: Plot, data: ReportData, folder: Path) -> tuple[str, ...]:
    """Write what a plot shows beside its picture, if no other file holds it, and return the file's name."""
    if plot.table is None or len(table := plot.table(data)) > MOST_ROWS:
        return ()
    (folder / f"{plot.name}.csv").write_text(csv_text(table), encoding="utf-8", newline="\n")
    return (f"{plot.name}.csv",)
