"""The model of a finished study that was measured: where it lies, and what it said of the test images."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keras_search.tuner import frames
from keras_search.tuner.data import Splits, open_splits
from keras_search.tuner.errors import KerasSearchError
from keras_search.tuner.exporting.runtime import Values
from keras_search.tuner.folder import StudyFolder
from keras_search.tuner.judging import EXPORTED_SEED, judge
from keras_search.tuner.records import Run
from keras_search.tuner.reportdata import TUNED
from keras_search.tuner.retraining import planned_runs
from keras_search.tuner.settings import StudySettings
from keras_search.tuner.store import Store


@dataclass(frozen=True, eq=False)
class Measured:
    """Hold the retrained model that is exported, and what the study knows of it.

    `probabilities` `(n_test, classes)` is what the model said when the test split was opened; `retrain` its row in
    the table of retrained models; `best` the trial that it repeats.
    """

    study: str
    path: Path
    splits: Splits
    probabilities: Values
    settings: dict[str, Any]
    best: Run
    retrain: dict[str, Any]
    comparison: pd.DataFrame
    verdict: dict[str, Any]
    data: dict[str, Any]
    versions: dict[str, str]


def find_measured(folder: StudyFolder) -> Measured:
    """Find the measured model of a study.

    Raises:
        KerasSearchError: the study is not finished, or the model's file is gone.
    """
    with Store.read(folder.root) as store:
        settings, best = _finished(store, folder)
        retrains = frames.retrains(store)
        mine = (retrains["model"] == TUNED) & (retrains["seed"] == EXPORTED_SEED)
        path = folder.model(f"{TUNED}-seed{EXPORTED_SEED}")
        if not path.is_file():
            raise KerasSearchError(f"The measured model {path} is missing: bring it back from a copy.")
        return Measured(
            study=folder.name,
            path=path,
            splits=open_splits(folder.data, test=True),
            probabilities=np.asarray(frames.probabilities(store)[TUNED, EXPORTED_SEED]),
            settings=settings.model_dump(mode="json"),
            best=best,
            retrain={str(name): value for name, value in retrains[mine].iloc[0].items()},
            comparison=frames.comparison(store),
            verdict=judge(store) or {},
            data=store.fact("data"),
            versions=store.fact("versions"),
        )


def _finished(store: Store, folder: StudyFolder) -> tuple[StudySettings, Run]:
    """Make sure that every model of the comparison was tested since the search ended."""
    stored = store.fact("settings")
    if stored is None:
        raise KerasSearchError(f"The study {folder.name!r} never got started: keras-search start {folder.name}")
    settings = StudySettings.model_validate(stored)
    best = store.runs.get(store.fact("best") or "")
    if store.fact("search_ended") is None or best is None or not _tested(store, planned_runs(settings, best)):
        raise KerasSearchError(
            f"The study {folder.name!r} is not finished, so there is no measured model yet: "
            f"keras-search resume {folder.name}"
        )
    return settings, best


def _tested(store: Store, planned: list[Run]) -> bool:
    """Tell whether the runs of the comparison were tested, and not others before the search was extended."""
    if store.array("test_labels") is None or not {run.name for run in planned} <= store.evaluated():
        return False
    return all(store.runs[run.name].hyperparameters == run.hyperparameters for run in planned)
