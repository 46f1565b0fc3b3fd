"""Run one search on each side, and measure it as a process."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from keras_search.benchmarks import process
from keras_search.benchmarks.cases import Search
from keras_search.benchmarks.datasets import SEED, VALIDATION_SPLIT
from keras_search.benchmarks.records import Record
from keras_search.benchmarks.trials import TrialList
from keras_search.benchmarks.workplace import Workplace
from keras_search.tuner.report import frames
from keras_search.tuner.study.store import Store

FIRST = "run-0"
"""The study of the first repetition, which is stored: its best trial is retrained later."""


def ours(place: Workplace, search: Search, repetition: int, seeds: int) -> Record:
    """Search with `keras-search start --search-only`; `seeds` is how many a later retraining uses."""
    folder, name = place.folder(search), f"run-{repetition}"
    command = [
        process.installed("keras-search"), "start", name, *search.arguments(),
        "--dataset", str(place.dataset(search.images)[0]), "--hypermodel", f"{place.hypermodel(search)}:build",
        "--validation-split", str(VALIDATION_SPLIT), "--seed", str(SEED), "--compare-seeds", str(seeds),
        "--search-only", "--quiet", "--overwrite", *folders(folder),
    ]  # fmt: skip
    usage = process.run(command, place.log(f"ours-{search.name}-{repetition}"))
    study = folder / "studies" / name
    place.keep_trials(search, TrialList.of_study(study))
    record = asdict(usage) | _times(study, search.workers)
    if name != FIRST:
        shutil.rmtree(study)
    return record


def kerastuner(place: Workplace, search: Search, repetition: int) -> Record:
    """Run the same trials with KerasTuner."""
    return _other("kerastuner", place, search, repetition)


def optuna(place: Workplace, search: Search, repetition: int) -> Record:
    """Run the same trials with Optuna."""
    return _other("optuna_loop", place, search, repetition)


Measure = Callable[[Workplace, Search, int], Record]


def others(search: Search) -> dict[str, Measure]:
    """Return the sides that make the same trials: Optuna has no trials that continue others, as Hyperband's do."""
    return {"kerastuner": kerastuner} if search.tuner == "hyperband" else {"kerastuner": kerastuner, "optuna": optuna}


def folders(folder: Path) -> list[str]:
    """Return the options that keep studies and reports below `folder`."""
    return ["--studies-dir", str(folder / "studies"), "--reports-dir", str(folder / "reports")]


def _other(module: str, place: Workplace, search: Search, repetition: int) -> Record:
    output = place.folder(search) / f"{module}.json"
    splits = place.dataset(search.images)[1]
    command = process.script(module, place.trials_file(search), place.hypermodel(search), splits, output)
    usage = process.run(command, place.log(f"{module}-{search.name}-{repetition}"))
    return asdict(usage) | json.loads(output.read_text(encoding="utf-8"))


def _times(study: Path, workers: int) -> Record:
    """Read the times of epochs and trials, in seconds, and the scores from our study."""
    with Store.read(study) as store:
        timings = frames.timings(store)
        return {
            "epochs": [[epoch.run, epoch.epoch, epoch.seconds] for epoch in store.epochs()],
            "trials": timings[["name", "seconds"]].values.tolist(),
            "scores": {name: run.score for name, run in store.runs.items()},
            "workers": workers,
        }
