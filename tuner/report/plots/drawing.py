"""Draw the plots of a report into files, and into the page."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.csv_text import csv_text
from keras_search.tuner.report.net import Net
from keras_search.tuner.report.plots import style
from keras_search.tuner.report.plots.catalogue import catalogue, part_of
from keras_search.tuner.report.plots.plot import Drawn, Plot
from keras_search.tuner.report.plots.vector import vector
from keras_search.tuner.report.plots.watched import same
from keras_search.tuner.system.importing import uncollected

MOST_ROWS = 100_000
"""A plot of more rows than this has no file of its own for them."""


@dataclass(frozen=True)
class Picture:
    """A drawn plot: its pixels, what the page shows, and what it was drawn from: fields of the report's data."""

    pixels: np.ndarray
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
    net, drawn, files, ahead = net or Net(), [], [], ahead or {}
    with ThreadPoolExecutor(1) as encoder:  # one plot is encoded while the next is drawn
        for plot in catalogue(data, net):
            picture = ahead.get(plot.name)
            if picture is None or not picture.shows(data):
                picture = net.catch(part_of(plot), partial(draw, plot, data), None)
            if picture is not None:
                files.append(encoder.submit(_keep, picture.pixels, folder / plot.file))
                table = net.catch(
                    f"the data of the plot {plot.name}", partial(_keep_table, plot, data, folder), tuple[str, ...]()
                )
                drawn.append(replace(picture.drawn, data=(*plot.data, *table)))
    for file in files:
        file.result()
    return drawn


def draw(plot: Plot, data: ReportData) -> Picture:
    """Draw a plot for a file, for a wide screen and for a phone."""
    with uncollected():  # an eighth of the time, for garbage of a few megabytes
        places = {str(name): row for row, name in enumerate(data.trials["trial"])}
        figure = plot.draw(data)
        pixels = style.pixels(figure)
        width, height = (float(side) for side in figure.get_size_inches())
        figure.set_layout_engine("none")  # everything is in its place
        wide = vector(figure, plot.name, places)
        with style.phone():
            narrow = vector(plot.draw(data), f"{plot.name}-phone", places)
        caption = f"{plot.caption} {plot.note(data)}".strip()
        return Picture(pixels, Drawn(plot.file, plot.title, caption, plot.section, width, height, wide, narrow), {})


def _keep_table(plot: Plot, data: ReportData, folder: Path) -> tuple[str, ...]:
    """Write what a plot shows beside its picture, if no other file holds it, and return the file's name."""
    if plot.table is None or len(table := plot.table(data)) > MOST_ROWS:
        return ()
    (folder / f"{plot.name}.csv").write_text(csv_text(table), encoding="utf-8", newline="\n")
    return (f"{plot.name}.csv",)


def _keep(picture: np.ndarray, path: Path) -> None:
    path.write_bytes(style.encoded(picture))
