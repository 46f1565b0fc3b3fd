"""Take the times of epochs and trials inside a search of another side."""

import json
import time
from pathlib import Path
from typing import Any


class Clock:
    """Times of one search in seconds.

    An epoch lasts from the end of the one before it, a trial's first epoch from the trial's start.
    """

    def __init__(self) -> None:
        self.epochs: list[tuple[str, int, float]] = []
        self.trials: list[tuple[str, float]] = []
        self.scores: dict[str, float] = {}
        self._trial = ""
        self._begun = self._last = 0.0

    def begin(self, trial: str) -> None:
        """A trial begins."""
        self._trial = trial
        self._begun = self._last = time.perf_counter()

    def epoch(self, epoch: int) -> None:
        """Epoch number `epoch` (from 1) of the trial has ended."""
        now = time.perf_counter()
        self.epochs.append((self._trial, epoch, now - self._last))
        self._last = now

    def end(self) -> None:
        """The trial has ended."""
        self.trials.append((self._trial, time.perf_counter() - self._begun))

    def save(self, path: Path, **more: Any) -> None:
        """Write all times as JSON."""
        content = {"epochs": self.epochs, "trials": self.trials, "scores": self.scores, "workers": 1, **more}
        path.write_text(json.dumps(content), encoding="utf-8")
