"""Show a study's progress: a live table in a terminal, one line per trial elsewhere, nothing when quiet."""

import math
import os
import sys
import time
from bisect import insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from rich.console import Console

from keras_search.tuner.console import terminal
from keras_search.tuner.console.streams import encoding_of, lasting
from keras_search.tuner.console.time_left import Timings, crowding
from keras_search.tuner.session.projecting import DRAWING_SECONDS, REPORT_SECONDS, TEST_SECONDS, with_drawing
from keras_search.tuner.study import messages
from keras_search.tuner.study.objective import DEFAULT_OBJECTIVE
from keras_search.tuner.study.records import NOTHING, Kind, Run, Work
from keras_search.tuner.system.numbers import duration, figure
from keras_search.tuner.system.text import fit_for, visible
from keras_search.tuner.workers.pool import default_workers

if TYPE_CHECKING:
    from keras_search.tuner.console.live import LiveTable

STAGES = {
    "survey": "Preparing",
    "estimate": "Training a few trials to measure them",
    "search": "Searching",
    "retraining": "Retraining the best trial and the baselines",
    "ablation": "Measuring what each hyperparameter contributes",
    "test": "Testing each model once",
    "report": "Writing the report",
}
STEPS = {
    "data": "Reading the data",
    "workers": "Starting TensorFlow",
    "space": "Building the model once, to find its search space",
    "kernels": "Trying the kernels, which are compiled when they are first used",
}
"""What comes before the first trial, in this order."""
STOPPING = "Stopping after the epochs in progress. Ctrl-C again stops at once; at most these epochs are repeated."
TRAINING = {"search", "retraining", "ablation"}
"""The stages that train runs."""
COMPARING = {"retraining", "ablation", "test"}
"""The stages between search and report."""
BEST = 5
"""How many trials are kept as the best."""


@dataclass
class Hand:
    """What one worker is doing; `value` is that of the objective, or of `metric` where a baseline has not that."""

    run: Run
    epoch: int
    value: float | None = None
    metric: str = ""


class Progress:
    """The state of a running study; the base class of both displays."""

    def __init__(self) -> None:
        self._objective, self._sign = "", 1
        self._without: set[str] = set()
        """The runs of baselines that do not report the objective; `best_epoch` chooses their score."""
        self.stage, self.step, self.ended, self.failed = "survey", "", 0, 0
        self.planned: Work | None = None
        self.epochs, self._limit = 0, math.inf
        self.best: tuple[str, float] | None = None
        self.leaders: list[tuple[float, Run, float]] = []
        """The best trials, the best first: minus the merit, the trial, its score."""
        self.timings = Timings()
        self._workers, self._comparison = 0, NOTHING
        self._reports = False
        self.hands: dict[int, Hand] = {}
        self.places: dict[int, str] = {}
        """The machine of each worker on a cluster."""
        self.began = self.stage_began = time.monotonic()
        self._compared_since: float | None = None
        """When the first stage after the search began, during which its plots are drawn."""

    def on_plan(self, workers: int, comparison: Work | None) -> None:
        """Record how many workers there are, and what is trained after the search; None if no report follows."""
        self._workers, self._comparison, self._reports = workers, comparison or NOTHING, comparison is not None

    def on_step(self, step: str) -> None:
        """Record the step of the preparation."""
        self.step = step

    def on_stop(self) -> None:
        """Show that the user's request to stop has been heard."""

    def on_objective(self, name: str, direction: str) -> None:
        """Record the objective and its direction."""
        self._objective, self._sign = name, 1 if direction == "max" else -1

    def on_best(self, best: Run | None) -> None:
        """Record the best trial of an earlier session."""
        if best is not None and best.score is not None:
            self.best = (best.name, best.score)
            self._lead(best, best.score)

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Begin a stage, part of which an earlier session may have done."""
        self.stage, self.planned, self.ended, self.failed = stage, planned, done.runs, 0
        self.epochs, self.step = done.epochs, ""
        self._limit = math.inf if seconds is None else max(0.0, seconds)
        self.hands.clear()
        if stage in TRAINING:
            self.timings.forget_runs()
        self.stage_began = time.monotonic()
        if stage in COMPARING and self._compared_since is None:
            self._compared_since = self.stage_began

    def on_note(self, text: str) -> None:
        """Show a note to the user."""

    def on_order(self, worker: int, run: Run) -> None:
        """Record the run that a worker begins."""
        self.hands[worker] = Hand(run, run.trained)
        if self.stage in TRAINING:
            self.timings.begin(worker, run)

    def on_report(self, worker: int, report: messages.Report) -> None:
        """Record what a worker reports."""
        match report:
            case messages.Ready() if report.where:
                self.places[worker] = report.where
            case messages.EpochEnded() if worker in self.hands:
                hand = self.hands[worker]
                self.epochs += 1
                self.timings.add_epoch(report)
                hand.epoch, hand.value = report.epoch, report.metrics.get(self._objective)
                if hand.value is None and hand.run.role == "baseline":
                    self._without.add(report.run)
                    hand.value, hand.metric = report.metrics.get("val_loss"), "val_loss"
            case messages.Completed():
                self._end(worker, report)
            case messages.Failed():
                self.failed += 1
                self.on_failure(report)
                self._leave(worker)
                self.ended += 1
            case messages.Evaluated():
                self.ended += self.stage == "test"
                self.hands.pop(worker, None)
            case messages.Died() | messages.Stopped():
                self.hands.pop(worker, None)

    def on_tick(self) -> None:
        """Called at each tick."""

    def on_completed(self, run: Run, report: messages.Completed) -> None:
        """Show a completed run."""

    def on_failure(self, report: messages.Failed) -> None:
        """Show a failed run."""

    @property
    def seconds_left(self) -> float | None:
        """Estimate the seconds to the end of all, the report included; None while nothing is known."""
        now = time.monotonic()
        busy = crowding(len(self.hands))
        workers = max(1, self._workers, len(self.hands))
        if self.stage == "report":
            return max(0.0, REPORT_SECONDS * busy - (now - self.stage_began))
        if self.stage == "test" and self.planned:
            tests = (self.planned.runs - self.ended) * TEST_SECONDS * busy / workers
            return self._with_report(tests, workers, busy, now)
        if self.stage not in TRAINING or not self.planned:
            return None
        left = Work(self.planned.runs - self.ended, max(0, self.planned.epochs - self.epochs))
        limit = max(0.0, self._limit - (now - self.stage_began))
        best = self.best and self.best[0]
        stage = self.timings.left(left, NOTHING, workers, best, limit)
        if stage is None:
            return None
        tests = self._comparison.runs * (self.stage != "ablation") * TEST_SECONDS * busy / workers
        if self.stage != "search":
            return self._with_report(stage + tests, workers, busy, now)
        whole = self.timings.left(left, self._comparison, workers, best, limit) or stage
        return stage + self._with_report(whole - stage + tests, workers, busy, now)

    def _with_report(self, comparison: float, workers: int, busy: float, now: float) -> float:
        """Add what the report takes to what is left of the comparison, while the plots of the search are drawn."""
        if not self._reports:
            return comparison
        cores = default_workers(threads=1)
        drawn = 0.0 if self._compared_since is None else (now - self._compared_since) * min(1.0, cores / (workers + 1))
        drawing = max(0.0, DRAWING_SECONDS * busy - drawn)
        return sum(with_drawing(comparison, drawing, workers, cores)) + REPORT_SECONDS * busy

    def _lead(self, run: Run, score: float) -> None:
        """Take a trial among the best, if it is."""
        insort(self.leaders, (-self._sign * score, run, score), key=lambda each: each[0])
        del self.leaders[BEST:]

    def _leave(self, worker: int) -> Hand | None:
        """Remove an ended run from its worker; the epochs that it skipped count as trained."""
        hand = self.hands.pop(worker, None)
        if hand is not None:
            self.epochs += hand.run.epochs - hand.epoch
            self.timings.end(hand.run.name)
        return hand

    def _end(self, worker: int, report: messages.Completed) -> None:
        self.timings.score(report.run, self._sign * report.score)
        hand = self._leave(worker)
        self.ended += 1
        if hand is not None and hand.run.kind is Kind.TRIAL:
            self._lead(hand.run, report.score)
        if self.stage == "search" and (self.best is None or self._sign * (report.score - self.best[1]) > 0):
            self.best = (report.run, report.score)
        if hand is not None:
            self.on_completed(hand.run, report)


class Lines(Progress):
    """One line per run, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Print the stage."""
        super().on_stage(stage, planned, done, seconds)
        if stage != "survey":  # its steps are printed
            self._print(f"{STAGES[stage]} ...")

    def on_step(self, step: str) -> None:
        """Print the step."""
        super().on_step(step)
        self._print(f"{STEPS[step]} ...")

    def on_stop(self) -> None:
        """Print that the search stops."""
        self._print(STOPPING)

    def on_completed(self, run: Run, report: messages.Completed) -> None:
        """Print the run's score and what is left."""
        total = f" of {self.planned.runs}" if self.planned else ""
        best = f", best {figure(self.best[1])} ({self.best[0]})" if self.best and run.kind is Kind.TRIAL else ""
        left = "" if self.seconds_left is None else f", {duration(self.seconds_left)} left"
        self._print(f"[{self.ended}{total}] {run.name}: {self._scored_by(run)} {figure(report.score)}{best}{left}")

    def _scored_by(self, run: Run) -> str:
        """Name the metric of a run's score; a baseline may lack the user's own objective."""
        lacks = run.name in self._without or (run.role == "baseline" and self._objective == DEFAULT_OBJECTIVE)
        return "val_loss" if lacks else self._objective

    def on_note(self, text: str) -> None:
        """Print the text."""
        self._print(text)

    def on_failure(self, report: messages.Failed) -> None:
        """Print why a run failed."""
        self._print(f"{report.run} failed: {report.reason}")

    def _print(self, line: str) -> None:
        text = fit_for(visible(line), self._console.encoding)
        self._console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=not self._console.is_terminal)


def make_progress(quiet: bool) -> "Lines | LiveTable":
    """Show progress on stderr: a live table in a terminal, else lines; nothing when quiet."""
    own = lasting(os.dup(2), encoding_of(sys.stderr))  # not silenced while TensorFlow is imported
    return display(terminal.console(own, quiet=quiet), quiet)


def display(console: Console, quiet: bool) -> "Lines | LiveTable":
    """Return a live table for a terminal in which a cursor can be moved, else lines."""
    from keras_search.tuner.console.live import LiveTable

    live = console.is_terminal and not console.is_dumb_terminal and not quiet
    return (LiveTable if live else Lines)(console)
