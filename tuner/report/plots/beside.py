"""Draw how the searches of several studies went, side by side."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.report.comparing import ComparedStudy, Comparison
from keras_search.tuner.report.plots import style
from keras_search.tuner.system.files import replacing

COLOURS = (style.TUNED, style.BASELINE, "#009E73", "#B0528C", "#7A6A00", "#56A0D3")
"""Of Okabe and Ito (2008), some darker; a seventh study begins again with another dash."""
DASHES = ((), (5, 2), (1, 2), (6, 2, 1, 2))
ENDINGS = (".png", ".svg", ".pdf")


@style.drawing()
def draw_beside(comparison: Comparison) -> Figure:
    """Draw the best score of each search, by epochs trained; one panel for each objective and data set."""
    groups: dict[tuple[str, str], list[ComparedStudy]] = {}
    for study in comparison.studies:
        groups.setdefault((study.settings["objective"], study.data), []).append(study)
    figure, every = style.panels(8, 4.2 * len(groups), rows=len(groups))
    lines = {study.name: _line(place) for place, study in enumerate(comparison.studies)}
    for axes, ((objective, _), studies) in zip(every, groups.items(), strict=True):
        for study in studies:
            _draw_search(axes, study, lines[study.name])
        _frame(axes, studies, objective)
    return figure


def check_plot_file(path: Path) -> None:
    """Make sure that a plot may be written to a file.

    Raises:
        UsageError: its ending is unknown, or it exists.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"--plot expects a file that ends in {', '.join(ENDINGS)}, received {path}.")
    if path.exists():
        raise UsageError(f"{path} exists: name another file, or delete it.")


def write_beside(comparison: Comparison, path: Path) -> None:
    """Draw a comparison into a new file.

    Raises:
        UsageError: as `check_plot_file` does.
        KerasSearchError: it could not be written.
    """
    check_plot_file(path)
    try:
        with replacing(path) as partial:
            if path.suffix.lower() == ".png":
                partial.write_bytes(style.png(draw_beside(comparison)))
            else:
                draw_beside(comparison).savefig(partial, format=path.suffix.lower()[1:])
    except OSError as error:
        raise KerasSearchError(f"{path} could not be written: {error.strerror}.") from None


def _line(place: int) -> Callable[[], Line2D]:
    colour, dash = COLOURS[place % len(COLOURS)], DASHES[place // len(COLOURS) % len(DASHES)]
    return lambda: Line2D([], [], color=colour, dashes=dash, linewidth=1.8)


def _draw_search(axes: Axes, study: ComparedStudy, line: Callable[[], Line2D]) -> None:
    """Draw the steps of one search, to the end of its training."""
    drawn = line()
    drawn.set_label(style.short(study.name))
    if study.curve:
        epochs = [point.epochs for point in study.curve]
        best = [point.best for point in study.curve]
        drawn.set_data([*epochs, max(study.epochs, epochs[-1])], [*best, best[-1]])
        drawn.set_drawstyle("steps-post")
    axes.add_line(drawn)


def _frame(axes: Axes, studies: list[ComparedStudy], objective: str) -> None:
    best = np.array([point.best for study in studies for point in study.curve])
    axes.set_ylim(*style.focus(best, studies[0].settings["direction"]))
    axes.set_xlim(0, max([study.epochs for study in studies], default=1) * 1.02 or 1)
    data = style.short(studies[0].settings["dataset"], 30)
    axes.set(xlabel="epochs trained", ylabel=f"best {style.metric_label(objective)}", title=data)
    style.metric_axis(axes.yaxis, objective)
    style.count_axis(axes.xaxis)
    axes.grid(axis="y")
    axes.legend(loc="best")
