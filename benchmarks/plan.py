"""Plan the measurements in their order: repetitions of all sides take turns."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from keras_search.benchmarks import accuracy, process, sides
from keras_search.benchmarks.cases import Search, Sizes, compared, growing
from keras_search.benchmarks.epoch import WAYS
from keras_search.benchmarks.records import Record, Records
from keras_search.benchmarks.workplace import Workplace

ACCURACY_SIDES = ("ours", "ours by model.fit", "kerastuner")


@dataclass(frozen=True)
class Job:
    """One measurement, to be stored under `key` and `repetition`."""

    key: str
    repetition: int
    measure: Callable[[], Record]


class Plan:
    """The jobs of a benchmark by part; a part never needs a later one."""

    def __init__(self, place: Workplace, records: Records, sizes: Sizes, workers: int) -> None:
        self._place, self._records, self._sizes, self._workers = place, records, sizes, workers

    def parts(self) -> dict[str, list[Job]]:
        """Return the jobs of each part, by its name."""
        searches = {part_name(search): list(self._compared(search)) for search in compared(self._sizes, self._workers)}
        growth = {
            thing: list(self._growing([search for _, search in sizes]))
            for thing, sizes in growing(self._sizes, self._workers).items()
        }
        return {**searches, "accuracy": list(self._accuracy()), "epoch": list(self._epoch()), **growth}

    def _compared(self, search: Search) -> Iterator[Job]:
        for repetition in range(self._sizes.repetitions):
            yield self._ours(search, repetition)
            for name, measure in sides.others(search).items():
                yield Job(f"{name}/{search.name}", repetition, partial(measure, self._place, search, repetition))

    def _growing(self, searches: list[Search]) -> Iterator[Job]:
        for repetition in range(self._sizes.repetitions):
            for search in searches:
                yield self._ours(search, repetition)

    def _ours(self, search: Search, repetition: int) -> Job:
        measure = partial(sides.ours, self._place, search, repetition, self._sizes.seeds)
        return Job(f"ours/{search.name}", repetition, measure)

    def _accuracy(self) -> Iterator[Job]:
        for search in compared(self._sizes, self._workers):
            if search.tuner == "hyperband":
                for side in ACCURACY_SIDES:
                    measure = partial(accuracy.of_side, side, self._place, search, self._records, self._sizes.seeds)
                    yield Job(f"accuracy/{side}/{search.name}", 0, measure)

    def _epoch(self) -> Iterator[Job]:
        for baseline, batch_size in self._sizes.epoch_networks:
            for repetition in range(self._sizes.repetitions):
                for way in WAYS:
                    key = epoch_key(way, baseline, batch_size)
                    yield Job(key, repetition, partial(self._time_epoch, key, baseline, batch_size, way))

    def _time_epoch(self, key: str, baseline: str, batch_size: int, way: str) -> Record:
        splits, output = self._place.dataset(self._sizes.images)[1], self._place.root / "epoch.json"
        times = str(self._sizes.timed_epochs)
        process.run(
            process.script("epoch", baseline, str(batch_size), way, splits, times, output), self._place.log(key)
        )
        return json.loads(output.read_text(encoding="utf-8"))


def part_name(search: Search) -> str:
    """Return the name of the part of a search that all sides run."""
    return f"{search.tuner}-{search.batch_size}"


def epoch_key(way: str, baseline: str, batch_size: int) -> str:
    """Return the key of an epoch's times."""
    return f"epoch/{way}/{baseline}-batch{batch_size}"
