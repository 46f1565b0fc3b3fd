"""The share of the workers' time that was spent on runs."""

import time
from collections.abc import Callable


class Utilisation:
    """Measure the share of the workers' time, since this was created, in which they had an order."""

    def __init__(self, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._workers, self._clock = workers, clock
        self._changed, self._offered, self._busy = clock(), 0.0, 0.0
        self._since: dict[int, float] = {}

    def resize(self, workers: int) -> None:
        """Record how many workers there are now."""
        if workers != self._workers:
            now = self._clock()
            self._offered += (now - self._changed) * self._workers
            self._workers, self._changed = workers, now

    def take(self, worker: int) -> None:
        """Record that a worker has an order."""
        self._since[worker] = self._clock()

    def leave(self, worker: int) -> None:
        """Record that a worker has none any more."""
        if worker in self._since:
            self._busy += self._clock() - self._since.pop(worker)

    @property
    def share(self) -> float:
        """The share, from 0 to 1."""
        now = self._clock()
        busy = self._busy + sum(now - since for since in self._since.values())
        return busy / max(self._offered + (now - self._changed) * self._workers, 1e-9)
