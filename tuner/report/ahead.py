"""Draw the plots that are ready while the best trial and the baselines are still retrained."""

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from types import TracebackType
from typing import Self

from keras_search.tuner.report.frames import history
from keras_search.tuner.report.plots.catalogue import catalogue
from keras_search.tuner.report.plots.drawing import Ahead, Half, Place, draw_half, jobs_of
from keras_search.tuner.report.plots.plot import Plot, Ready
from keras_search.tuner.report.plots.watched import Watched, watched, what_was_read
from keras_search.tuner.report.write import gather
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import reading
from keras_search.tuner.study.records import TUNED
from keras_search.tuner.system.second_process import SecondProcess

WATCH_SECONDS = 0.1
"""How often to look whether the fork has drawn all, and whether another model has been retrained."""
SWITCH_SECONDS = 0.0005
"""How long the drawing thread keeps the other one waiting, which serves the workers; Python's default is tenfold."""


class _ForkedPlots:
    """Some halves of plots that a fork draws."""

    def __init__(self, plots: Sequence[Plot], data: Watched, forks: ExitStack) -> None:
        self._jobs, self._data = jobs_of(plots), data
        self.fork = forks.enter_context(SecondProcess(self._draw, len(self._jobs), least=1))

    @property
    def places(self) -> frozenset[Place]:
        """What is drawn."""
        return frozenset((plot.name, narrow) for plot, narrow in self._jobs)

    def finish(self, stopped: Callable[[], bool] = lambda: False) -> dict[Place, Half]:
        """Draw here what the fork has not begun, unless stopped, and return all that was drawn."""
        found = dict[int, Half]()
        for job in self.fork.jobs():
            if stopped():
                break
            with suppress(Exception):
                found[job] = self._draw(job)
        found |= self.fork.results()
        return {(self._jobs[job][0].name, self._jobs[job][1]): half for job, half in found.items()}

    def _draw(self, job: int) -> Half:
        return _drawn(*self._jobs[job], self._data)


class DrawingAhead:
    """A thread that draws what will be the same in the report; a context manager that waits for what is in progress.

    First what shows the search alone, then the training curves of each model of `retrained()`, once all of its seeds
    are. `baselines` are those of the comparison. If it can, it lets a fork draw, which does not keep this process from
    serving the workers.

    The thread may not be left behind: a process that ends while it draws is aborted by the drawing library. The report
    compares what each plot was drawn from, and draws it again if that has changed. An error is left to the report,
    which meets it again.
    """

    def __init__(
        self, folder: StudyFolder, retrained: Callable[[], set[str]] = set, baselines: Sequence[str] = ()
    ) -> None:
        self._folder, self._halves = folder, dict[Place, Half]()
        self._retrained = retrained
        self._baselines = list(baselines) if len(baselines) == 1 else []  # the report decides the order of more
        self._needed, self._forks, self._begun = threading.Event(), ExitStack(), list[_ForkedPlots]()
        self._thread = threading.Thread(target=self._draw, name="keras-search drawing")

    def __enter__(self) -> Self:
        self._switch_seconds = sys.getswitchinterval()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        self._forks.close()
        sys.setswitchinterval(self._switch_seconds)

    def start(self) -> None:
        """Begin to draw, once the search has ended."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread.start()

    def stop(self) -> Ahead:
        """Draw no more in the thread; return what was drawn, and what a fork has begun and still draws."""
        self._needed.set()
        if self._thread.is_alive():
            self._thread.join()
        begun = frozenset[Place]().union(*(forked.places for forked in self._begun))
        return Ahead(self._halves, begun, self._rest)

    def _rest(self) -> dict[Place, Half]:
        return {place: half for forked in self._begun for place, half in forked.finish().items()}

    def _draw(self) -> None:
        with suppress(Exception):
            with reading(self._folder) as store:
                data = watched(gather(store, self._folder.name), self._baselines)
            _import_statistics(of_values=not data.class_names)
            self._add([plot for plot in catalogue(data) if plot.ready is Ready.SEARCH], data)
            self._draw_retrained(data)

    def _draw_retrained(self, data: Watched) -> None:
        """Draw the training curves of each model when it has been retrained."""
        left = {TUNED, *self._baselines}
        while left and not self._needed.wait(WATCH_SECONDS):
            if there := left & self._retrained():
                left -= there
                with reading(self._folder) as store:
                    now = watched(replace(data, history=history(store)), self._baselines)
                curves = [plot for plot in catalogue(now) if plot.ready is Ready.RETRAINING]
                self._add([plot for plot in curves if plot.model(now) in there], now)

    def _add(self, plots: Sequence[Plot], data: Watched) -> None:
        """Let a fork draw plots, or draw them here if there is none."""
        forked = _ForkedPlots(plots, data, self._forks)
        while forked.fork.runs:
            if self._needed.wait(WATCH_SECONDS):
                self._begun.append(forked)
                return
        self._halves |= forked.finish(self._needed.is_set)


def _import_statistics(of_values: bool) -> None:
    """Import what only a comparison needs, for which the report would wait: up to half a second."""
    import scipy.special

    if of_values:
        import scipy.stats  # noqa: F401


def _drawn(plot: Plot, narrow: bool, data: Watched) -> Half:
    """Draw a plot for one of the screens, and note what it was drawn from."""
    what_was_read(data)
    half = draw_half(plot, narrow, data)
    return replace(half, source=what_was_read(data))
