"""Sum a study up as plain values, for a terminal and for machines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_search.tuner import frames
from keras_search.tuner.errors import KerasSearchError
from keras_search.tuner.folder import StudyFolder
from keras_search.tuner.records import Kind, State
from keras_search.tuner.store import Store


def brief(folder: StudyFolder) -> dict[str, Any]:
    """Give a study's line in the list; a study that cannot be read has an `error`."""
    try:
        details = full(folder)
    except KerasSearchError as error:
        return {"name": folder.name, "error": str(error)}
    best = details["best"] or {}
    verdict = details["verdict"] or {}
    return {
        "name": folder.name,
        "dataset": details["settings"]["dataset"],
        "tuner": details["settings"]["tuner"],
        "stage": details["stage"],
        "trials": details["trials"]["completed"],
        "best_score": best.get("score"),
        "verdict": verdict.get("verdict"),
    }


def full(folder: StudyFolder) -> dict[str, Any]:
    """Give a study's settings, progress, best trial, comparison and verdict.

    Raises:
        KerasSearchError: it cannot be read.
    """
    with Store.read(folder.root) as store:
        settings = store.fact("settings")
        if settings is None:
            raise KerasSearchError(f"The study {folder.name!r} never got started: keras-search start {folder.name}")
        trials = store.of_kind(Kind.TRIAL).values()
        tested = store.array("test_labels") is not None
        return {
            "name": folder.name,
            "settings": settings,
            "stage": _stage(store, tested),
            "trials": {
                **{state.value: sum(run.state is state for run in trials) for state in State},
                "planned": store.fact("planned"),
            },
            "best": _best(store),
            "comparison": frames.comparison(store).to_dict("records") if tested else [],
            "verdict": None,
        }


def _stage(store: Store, tested: bool) -> str:
    if store.fact("search_ended") is None:
        return "search"
    return "done" if tested else "retraining"


def _best(store: Store) -> dict[str, Any] | None:
    name = store.fact("best")
    if name is None or name not in store.runs:
        return None
    run = store.runs[name]
    return {"trial": name, "score": run.score, "epoch": run.best_epoch, "hyperparameters": run.hyperparameters}


def as_table(rows: list[dict[str, Any]], studies_dir: Path) -> str:
    return str(rows)


def as_text(details: Mapping[str, Any]) -> str:
    return str(details)
