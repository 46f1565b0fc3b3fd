"""How far a study is: its stage, its trials, its best trial, what its workers do, and the time left."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from keras_search.models import DEFAULTS
from keras_search.tuner.study.plan import planned_runs
from keras_search.tuner.study.ranking import Loss, best_so_far, level_with
from keras_search.tuner.study.records import SEARCHED, Kind, Run, State, Work, work_done
from keras_search.tuner.study.replica import Reading
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.stage import stage

FEWEST_EPOCHS = 3
"""Fewer epochs since the session began do not tell how long the others will take."""


@dataclass(frozen=True)
class InHand:
    """The run that a worker has, with the epoch that was committed last."""

    worker: int
    run: Run


def settings_in(reading: Reading) -> StudySettings:
    """Return the settings of a study.

    Raises:
        ValueError: no study could have been started with them.
    """
    try:
        return StudySettings.model_validate(reading.facts["settings"])
    except (ValidationError, KeyError) as error:
        raise ValueError(f"its settings make no sense: {' '.join(str(error).split())[:200]}") from error


def stage_of(reading: Reading, settings: StudySettings) -> str:
    """Return the stage of a study that was read."""
    searched = reading.facts.get("search_ended") is not None
    return stage(settings, searched, reading.evaluated, reading.sampled)


def count_trials(reading: Reading) -> dict[str, int | None]:
    """Count the trials by state, and those that are planned."""
    states = Counter(run.state for run in reading.runs.values() if run.kind is Kind.TRIAL)
    return {**{state.value: states[state] for state in State}, "planned": reading.facts.get("planned")}


def best_of(reading: Reading, settings: StudySettings, loss: Loss) -> dict[str, Any] | None:
    """Return the best trial, or that so far if the search is unfinished."""
    trials = reading.of_kind(Kind.TRIAL)
    name = reading.facts.get("best") if reading.facts.get("search_ended") else None
    run = reading.runs[name] if name else best_so_far(trials, settings, loss)
    if run is None:
        return None
    best = {"trial": run.name, "score": run.score, "epoch": run.best_epoch, "hyperparameters": run.hyperparameters}
    return {**best, "level": level_with(trials, run)}


def count_engines(reading: Reading) -> dict[str, int]:
    """Count the runs that each engine trained."""
    return dict(Counter(run.engine for run in reading.runs.values() if run.engine))


def in_hand(reading: Reading) -> list[InHand]:
    """List what each worker of a running study has, by the worker."""
    since = reading.sessions[-1] if reading.sessions else 0.0
    hands: dict[int, tuple[float, Run]] = {}
    for name, moments in reading.moments.items():
        run = reading.runs.get(name)
        if run is None or run.finished or moments.worker is None or moments.how or moments.began < since:
            continue
        if moments.worker not in hands or hands[moments.worker][0] < moments.began:
            hands[moments.worker] = moments.began, run
    return [InHand(worker, run) for worker, (_, run) in sorted(hands.items())]


def seconds_left(reading: Reading, settings: StudySettings, stage: str, now: float | None = None) -> float | None:
    """Estimate the seconds to the end of a running study's stage, by its epochs so far; None if nothing tells."""
    moment = time.time() if now is None else now
    planned, done, kinds = _work(reading, settings, stage)
    if planned is None:
        return None
    begun = _begun(reading, kinds)
    trained = sum(_own_epochs(reading.runs, run) for run in begun.values())
    if trained < FEWEST_EPOCHS:
        return None
    spent = moment - min(reading.moments[name].began for name in begun)
    left = max(0.0, spent / trained * (planned - done))
    if stage == "search" and settings.max_minutes is not None:
        return min(left, max(0.0, settings.max_minutes * 60 - spent))
    return left


def _work(reading: Reading, settings: StudySettings, stage: str) -> tuple[int | None, int, tuple[Kind, ...]]:
    """Return the epochs that a stage plans, those that are done, and the kinds of its runs."""
    if stage == "search":
        trials = reading.facts.get("planned")
        epochs = reading.facts.get("planned_epochs") or (trials and trials * settings.max_epochs)
        runs = {name: run for name, run in reading.runs.items() if run.kind in SEARCHED}
        return epochs or None, work_done(runs).epochs, SEARCHED
    best, defaults = reading.runs.get(reading.facts.get("best") or ""), reading.facts.get("defaults")
    if best is None or (DEFAULTS in settings.baselines and defaults is None):
        return None, 0, (Kind.RETRAIN,)
    planned = {run.name: reading.runs.get(run.name, run) for run in planned_runs(settings, best, defaults)}
    done: Work = work_done({name: run for name, run in planned.items() if name in reading.runs})
    return sum(run.epochs for run in planned.values()), done.epochs, (Kind.RETRAIN,)


def _begun(reading: Reading, kinds: tuple[Kind, ...]) -> dict[str, Run]:
    """Return the runs of the stage that began in the session that runs."""
    since = reading.sessions[-1] if reading.sessions else 0.0
    found = {
        name: reading.runs[name] for name, at in reading.moments.items() if name in reading.runs and at.began >= since
    }
    return {name: run for name, run in found.items() if run.kind in kinds}


def _own_epochs(runs: Mapping[str, Run], run: Run) -> int:
    return max(0, run.trained - (runs[run.parent].trained if run.parent else 0))
