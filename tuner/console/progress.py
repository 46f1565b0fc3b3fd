"""Show a study's progress: a live table in a terminal, one line per trial elsewhere, nothing when quiet."""

import math
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from keras_search.tuner.console import terminal
from keras_search.tuner.console.streams import encoding_of, lasting
from keras_search.tuner.console.terminal import add_row, cell
from keras_search.tuner.study import messages
from keras_search.tuner.study.objective import DEFAULT_OBJECTIVE
from keras_search.tuner.study.records import NOTHING, Kind, Run, Work
from keras_search.tuner.system.numbers import duration, figure
from keras_search.tuner.system.text import fit_for, visible

STAGES = {
    "survey": "Reading the data and the search space",
    "estimate": "Training a few trials to measure them",
    "search": "Searching",
    "retraining": "Retraining the best trial and the baselines",
    "ablation": "Measuring what each hyperparameter contributes",
    "test": "Testing each model once",
    "report": "Writing the report",
}


@dataclass
class _Hand:
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
        self.stage, self.ended, self.failed = "survey", 0, 0
        self.planned: Work | None = None
        self._epochs, self._epochs_before, self._limit = 0, 0, math.inf
        self.best: tuple[str, float] | None = None
        self.hands: dict[int, _Hand] = {}
        self.places: dict[int, str] = {}
        """The machine of each worker on a cluster."""
        self._stage_began = time.monotonic()

    def on_objective(self, name: str, direction: str) -> None:
        """Record the objective and its direction."""
        self._objective, self._sign = name, 1 if direction == "max" else -1

    def on_best(self, best: Run | None) -> None:
        """Record the best trial of an earlier session."""
        if best is not None and best.score is not None:
            self.best = (best.name, best.score)

    def on_stage(
        self, stage: str, planned: Work | None = None, done: Work = NOTHING, seconds: float | None = None
    ) -> None:
        """Begin a stage, part of which an earlier session may have done."""
        self.stage, self.planned, self.ended, self.failed = stage, planned, done.runs, 0
        self._epochs = self._epochs_before = done.epochs
        self._limit = math.inf if seconds is None else max(0.0, seconds)
        self.hands.clear()
        self._stage_began = time.monotonic()

    def on_note(self, text: str) -> None:
        """Show a note to the user."""

    def on_order(self, worker: int, run: Run) -> None:
        """Record the run that a worker begins."""
        self.hands[worker] = _Hand(run, run.trained)

    def on_report(self, worker: int, report: messages.Report) -> None:
        """Record what a worker reports."""
        match report:
            case messages.Ready() if report.where:
                self.places[worker] = report.where
            case messages.EpochEnded() if worker in self.hands:
                hand = self.hands[worker]
                self._epochs += 1
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
            case messages.Died() | messages.Stopped() | messages.Evaluated():
                self.hands.pop(worker, None)

    def on_tick(self) -> None:
        """Called at each tick."""

    def on_completed(self, run: Run, report: messages.Completed) -> None:
        """Show a completed run."""

    def on_failure(self, report: messages.Failed) -> None:
        """Show a failed run."""

    @property
    def seconds_left(self) -> float | None:
        """Estimate the seconds to the end of the stage from its epochs so far."""
        trained = self._epochs - self._epochs_before
        if not self.planned or not trained:
            return None
        spent = time.monotonic() - self._stage_began
        return min(spent / trained * max(0, self.planned.epochs - self._epochs), max(0.0, self._limit - spent))

    def _leave(self, worker: int) -> _Hand | None:
        """Remove an ended run from its worker; the epochs that it skipped count as trained."""
        hand = self.hands.pop(worker, None)
        if hand is not None:
            self._epochs += hand.run.epochs - hand.epoch
        return hand

    def _end(self, worker: int, report: messages.Completed) -> None:
        hand = self._leave(worker)
        self.ended += 1
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
        self._print(f"{STAGES[stage]} ...")

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
        self._console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True)


class LiveTable(Progress):
    """A table that is updated live, for terminals."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self._draw, transient=True)
        self._console = console

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def on_note(self, text: str) -> None:
        """Print the text above the table."""
        self._console.print(cell(text))

    def on_failure(self, report: messages.Failed) -> None:
        """Print why a run failed above the table."""
        self._console.print(cell(f"{report.run} failed: {report.reason}", "red"))

    def _draw(self) -> Group:
        return Group(cell(self._headline(), "bold"), _worker_table(self._objective, self.hands, self.places))

    def _headline(self) -> str:
        parts = [STAGES[self.stage]]
        if self.stage in {"search", "retraining"}:
            total = f" of {self.planned.runs}" if self.planned else ""
            parts.append(f"{self.ended}{total} {'trials' if self.stage == 'search' else 'models'} done")
        if self.failed:
            parts.append(f"{self.failed} failed")
        if self.best is not None:
            parts.append(f"best {self._objective} {figure(self.best[1])} ({self.best[0]})")
        if self.seconds_left is not None:
            parts.append(f"{duration(self.seconds_left)} left")
        return " · ".join(parts)


def make_progress(quiet: bool) -> Lines | LiveTable:
    """Show progress on stderr: a live table in a terminal, else lines; nothing when quiet."""
    own = lasting(os.dup(2), encoding_of(sys.stderr))  # not silenced while TensorFlow is imported
    console = terminal.console(own, quiet=quiet)
    return (LiveTable if console.is_terminal and not quiet else Lines)(console)


def _worker_table(objective: str, hands: Mapping[int, _Hand], places: Mapping[int, str]) -> Table:
    node = ["node"] if places else []
    table = terminal.table("worker", *node, "run", "epoch", objective, "settings")
    for worker, hand in sorted(hands.items()):
        value = "" if hand.value is None else f"{hand.metric} {figure(hand.value)}".lstrip()
        settings = ", ".join(f"{name}={_short(setting)}" for name, setting in hand.run.hyperparameters.items())
        where = [places.get(worker, "")] if places else []
        add_row(table, worker, *where, hand.run.name, f"{hand.epoch} of {hand.run.epochs}", value, settings[:80])
    return table


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
