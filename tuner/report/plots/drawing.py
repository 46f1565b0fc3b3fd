"""Draw the plots of a report into files, and into the page."""

from collections.abc import Mapping, Sequence
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
from keras_search.tuner.report.plots.watched import same
from keras_search.tuner.system.importing import uncollected
from keras_search.tuner.system.second_process import SecondProcess

MOST_ROWS = 100_000
"""A plot of more rows than this has no file of its own for them."""


@dataclass(frozen=True)
class Picture:
    """A drawn plot: its PNG, what the page shows, and what it was drawn from: fields of the report's data."""

    png: bytes
    drawn: Drawn
    source: Mapping[str, Any]

    def shows(self, data: ReportData) -> bool:
        """Return whether it shows these data: all that it was drawn from is the same."""
        return all(same(value, getattr(data, name)) for name, value in self.source.items())


def draw_all(
    data: ReportData, folder: Path, net: Net | None = None, ahead: Mapping[str, Picture] | None = None
) -> list[Drawn]:
    """Draw every plot of the catalogue, with the tables that only it shows, into `folder`; list what was drawn.

    Those that are in `ahead`, by their names, and still show the data are taken from there.
    """
    net, drawn, plots = net or Net(), [], catalogue(data, net)
    pictures = _pictures(plots, data, net, ahead or {})
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
    found: dict[str, Picture | None] = {name: picture for name, picture in ahead.items() if picture.shows(data)}
    missing = [plot for plot in plots if plot.name not in found]

    def drawn_here(plot: Plot) -> Picture | None:
        return net.catch(part_of(plot), partial(draw, plot, data), None)

    with SecondProcess(lambda job: draw(missing[job], data), len(missing)) as second:
        found |= {missing[job].name: drawn_here(missing[job]) for job in second.jobs()}
        found |= {missing[job].name: picture for job, picture in second.results().items()}
    return found | {plot.name: drawn_here(plot) for plot in missing if plot.name not in found}


def draw(plot: Plot, data: ReportData) -> Picture:
    """Draw a plot for a file, for a wide screen and for a phone."""
    with measured_once(), uncollected():  # an eighth of the time, for garbage of a few megabytes
        places = {str(name): row for row, name in enumerate(data.trials["trial"])}
        figure = plot.draw(data)
        png = style.png(figure)
        width, height = (float(side) for side in figure.get_size_inches())
        figure.set_layout_engine("none")  # everything is in its place
        wide = vector(figure, plot.name, places)
        with style.phone():
            narrow = vector(plot.draw(data), f"{plot.name}-phone", places)
        caption = f"{plot.caption} {plot.note(data)}".strip()
        return Picture(png, Drawn(plot.file, plot.title, caption, plot.section, width, height, wide, narrow), {})


def _keep_table(plot: Plot, data: ReportData, folder: Path) -> tuple[str, ...]:
    """Write what a plot shows beside its picture, if no other file holds it, and return the file's name."""
    if plot.table is None or len(table := plot.table(data)) > MOST_ROWS:
        return ()
    (folder / f"{plot.name}.csv").write_text(csv_text(table), encoding="utf-8", newline="\n")
    return (f"{plot.name}.csv",)
