"""Show a study's progress in a notebook: a bar that is drawn again as things happen, and the notes below it."""

import html
import sys
import time
from typing import Any, Self

from keras_search.tuner.console import terminal
from keras_search.tuner.console.progress import STAGES, STEPS, Lines, Progress
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import NOTHING, Work
from keras_search.tuner.system.numbers import duration, figure

SECONDS = 0.5
"""How often a bar is drawn at most."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, which shows HTML."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def watcher(quiet: bool) -> "Lines | NotebookBar":
    """Return the progress display for a caller from Python: a bar in a notebook, else lines."""
    if in_notebook() and not quiet:
        return NotebookBar()
    return Lines(terminal.console(sys.stdout, quiet=quiet))


class NotebookBar(Progress):
    """A bar of the trials of a stage."""

    def __init__(self) -> None:
        super().__init__()
        self._notes: list[str] = []
        self._shown: Any = None
        self._drawn = 0.0
        self.done = ""

    def __enter__(self) -> Self:
        from IPython.display import HTML, display

        self._shown = display(HTML(bar(self, self._notes)), display_id=True)
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            self.done = f"Done in {duration(time.monotonic() - self.began)}"
        self._draw(at_once=True)

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Draw the stage."""
        super().on_stage(stage, planned, done, seconds)
        self._draw(at_once=True)

    def on_note(self, text: str) -> None:
        """Keep the text below the bar."""
        self._notes.append(text)
        self._draw(at_once=True)

    def on_failure(self, report: messages.Failed) -> None:
        """Keep why a run failed below the bar."""
        self.on_note(f"{report.run} failed: {report.reason}")

    def on_report(self, worker: int, report: messages.Report) -> None:
        """Draw what a worker reported."""
        super().on_report(worker, report)
        self._draw()

    def _draw(self, at_once: bool = False) -> None:
        if self._shown is None or (not at_once and time.monotonic() - self._drawn < SECONDS):
            return
        from IPython.display import HTML

        self._drawn = time.monotonic()
        self._shown.update(HTML(bar(self, self._notes)))


def bar(progress: NotebookBar, notes: list[str]) -> str:
    """Write the bar as HTML: the stage, how many runs of it are done, the best trial, the time left, and the notes."""
    planned = progress.planned.runs if progress.planned else 0
    parts = [progress.done or (STEPS[progress.step] if progress.step else STAGES[progress.stage])]
    if planned:
        parts.append(f"{progress.ended} of {planned} done")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.best is not None:
        parts.append(f"best {figure(progress.best[1])} ({progress.best[0]})")
    if progress.seconds_left is not None and not progress.done:
        parts.append(f"{duration(progress.seconds_left)} left")
    meter = f'<progress value="{min(progress.ended, planned)}" max="{planned}" style="width:20em"></progress> '
    below = "".join(f"<br><small>{html.escape(note)}</small>" for note in notes)
    return f"<div>{meter if planned else ''}{html.escape(' · '.join(parts))}{below}</div>"
