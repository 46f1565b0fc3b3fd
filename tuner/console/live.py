"""Show a running study in a terminal: what is done and left, the best trials, and what each worker trains."""

import time
from typing import Self

from rich.console import Console, RenderableType

from keras_search.tuner.console.live_view import Row, View, draw
from keras_search.tuner.console.painter import Painter
from keras_search.tuner.console.progress import STAGES, STEPS, STOPPING, TRAINING, Hand, Progress
from keras_search.tuner.console.terminal import cell
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import NOTHING, Run, Work
from keras_search.tuner.system.numbers import duration, figure

FIRST_TAKES_LONGER = "The first models are being built and compiled; later ones begin sooner."
MODELS = 5
"""How many of the last retrained models are shown."""


class LiveTable(Progress):
    """A view that is drawn again and again; notes stay above it, and each stage leaves a line."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._painter = Painter(console, self._draw)
        self._widths: dict[str, int] = {}
        self._done: list[Row] = []
        self._stopping = False

    def __enter__(self) -> Self:
        self._painter.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._painter.__exit__()

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Leave a line about the stage before, and begin the next."""
        if self.stage in TRAINING and self.ended:
            self._painter.above(cell(self._summary()))
        super().on_stage(stage, planned, done, seconds)
        self._done, self._widths = [], {}
        self._painter.paint()

    def on_step(self, step: str) -> None:
        """Draw the step."""
        super().on_step(step)
        self._painter.paint()

    def on_stop(self) -> None:
        """Draw that the search stops."""
        self._stopping = True
        self._painter.paint()

    def on_note(self, text: str) -> None:
        """Print the text above the view."""
        self._painter.above(cell(text))

    def on_failure(self, report: messages.Failed) -> None:
        """Print why a run failed above the view."""
        self._painter.above(cell(f"{report.run} failed: {report.reason}", "red"))

    def on_completed(self, run: Run, report: messages.Completed) -> None:
        """Keep a retrained model for the view."""
        self._done = [*self._done, Row(run.name, str(run.epochs), figure(report.score), run.hyperparameters)][-MODELS:]

    def view(self) -> View:
        """Return what is shown now."""
        left = self.seconds_left
        spent = f"{duration(time.monotonic() - self.began)} so far"
        times = spent if left is None else f"{spent}, about {duration(_rounded(left))} left{self._with()}"
        waiting = self.stage == "search" and left is None and not self.ended
        of_search = self.stage == "search"
        return View(
            head=self._head(),
            state=(*self._counts(), times, FIRST_TAKES_LONGER if waiting else ""),
            share=self._share(),
            titles=(
                "best trials" if of_search else "models",
                "training now" if self.stage != "test" else "testing now",
            ),
            objective=self._objective,
            ended=tuple(self._leaders() if of_search else self._done),
            training=tuple(self._row(worker, hand) for worker, hand in sorted(self.hands.items())),
            failed=f"{self.failed} failed" if self.failed else "",
            stopping=STOPPING if self._stopping else "",
        )

    def _draw(self, width: int, height: int) -> RenderableType:
        return draw(self.view(), self._widths, width, height)

    def _head(self) -> str:
        if self.stage == "survey" and self.step:
            return f"{STAGES[self.stage]}, step {list(STEPS).index(self.step) + 1} of {len(STEPS)}: {STEPS[self.step]}"
        return STAGES[self.stage]

    def _with(self) -> str:
        """Say what the time left includes."""
        if not self._reports or self.stage not in TRAINING:
            return ""
        compared = self.stage == "search" and self._comparison.runs
        return ", comparison and report included" if compared else ", report included"

    def _counts(self) -> tuple[str, ...]:
        if self.planned is None or not self.planned.runs:
            return ()
        what = "trials" if self.stage == "search" else "models"
        epochs = f", {self.epochs:,} of {self.planned.epochs:,} epochs" if self.planned.epochs else ""
        return (f"{self.ended:,} of {self.planned.runs:,} {what}{epochs}",)

    def _share(self) -> float | None:
        if self.planned is None or not self.planned.runs:
            return None
        done, planned = (self.epochs, self.planned.epochs) if self.planned.epochs else (self.ended, self.planned.runs)
        return min(1.0, done / planned)

    def _summary(self) -> str:
        """Describe the stage that has ended."""
        took = duration(time.monotonic() - self.stage_began)
        failed = f", {self.failed} failed" if self.failed else ""
        if self.stage != "search":
            return f"{STAGES[self.stage]}: {self.ended:,} models in {took}{failed}."
        best = f", best {self._objective} {figure(self.best[1])} ({self.best[0]})" if self.best else ""
        return f"Searched: {self.ended:,} trials in {took}{failed}{best}."

    def _leaders(self) -> list[Row]:
        return [
            Row(run.name, str(run.epochs), figure(score), run.hyperparameters, leads=place == 0)
            for place, (_, run, score) in enumerate(self.leaders)
        ]

    def _row(self, worker: int, hand: Hand) -> Row:
        value = "" if hand.value is None else f"{hand.metric} {figure(hand.value)}".lstrip()
        epoch = f"{hand.epoch} of {hand.run.epochs}"
        return Row(hand.run.name, epoch, value, hand.run.hyperparameters, self.places.get(worker, ""))


def _rounded(seconds: float) -> float:
    """Round a time that is estimated, so that it does not flicker."""
    step = 1 if seconds < 60 else 5 if seconds < 600 else 60
    return step * round(seconds / step)
