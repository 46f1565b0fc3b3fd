"""The settings of a study's best trial, for other programs and as TOML."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import reading, settings_of
from keras_search.tuner.study.ranking import best_trial, kept_loss
from keras_search.tuner.study.records import Kind
from keras_search.tuner.system.numbers import figure


def best(folder: StudyFolder) -> dict[str, Any]:
    """Return the best trial, or that so far: its name, score, epochs and hyperparameters.

    Raises:
        KerasSearchError: no trial is completed.
    """
    with reading(folder) as store:
        settings = settings_of(store)
        kept = store.runs.get(store.fact("best") or "") if store.fact("search_ended") else None
        run = kept or best_trial(store.of_kind(Kind.TRIAL), settings, kept_loss(store))
        return {
            "study": folder.name,
            "trial": run.name,
            "objective": settings.objective,
            "score": run.score,
            "epoch": run.best_epoch,
            "epochs": run.epochs,
            "parameters": run.parameters,
            "final": bool(store.fact("search_ended")),
            "hyperparameters": run.hyperparameters,
        }


def to_toml(found: Mapping[str, Any]) -> str:
    """Format the hyperparameters of a best trial as TOML, under a comment that says where they are from."""
    so_far = "" if found["final"] else " so far"
    head = (
        f"# The best trial of {found['study']}{so_far}: {found['trial']}, {found['objective']} "
        f"{figure(found['score'])} in epoch {found['epoch']} of {found['epochs']}."
    )
    return "\n".join([head, *_entries(found["hyperparameters"])]) + "\n"


def _entries(values: Mapping[str, Any]) -> Iterable[str]:
    for name, value in values.items():
        key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
        yield f"# {key} is None." if value is None else f"{key} = {json.dumps(value)}"
