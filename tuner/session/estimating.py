"""Estimate what a search will take before starting it: prepare it in a passing place, and measure a few runs."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keras_search.models import DEFAULTS
from keras_search.models.source import check_source, resolved
from keras_search.tuner.data import Splits, load_dataset, open_splits
from keras_search.tuner.data.preparation import in_words
from keras_search.tuner.data.sight import from_stored, sentences
from keras_search.tuner.data.tree import size
from keras_search.tuner.session.engines import helper_for, pool_for
from keras_search.tuner.session.measuring import (
    DRAWINGS_OF_EACH,
    REPORT_DRAWINGS,
    SEARCH_DRAWINGS,
    measure,
    small_drawing_seconds,
)
from keras_search.tuner.session.options import Options
from keras_search.tuner.session.preparing import keep_splits, survey
from keras_search.tuner.session.projecting import (
    LEAST_SPREAD,
    TRIAL,
    Cost,
    Disk,
    Measurement,
    Seconds,
    comparison_seconds,
    cost_of,
    database_bytes,
    search_seconds,
    with_drawing,
)
from keras_search.tuner.session.proposing import Proposer
from keras_search.tuner.session.session import defaults_of
from keras_search.tuner.study.database import write_study
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.plan import ABLATION_SEEDS, planned_runs, work_of
from keras_search.tuner.study.records import TUNED, Kind, Run, Work
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.system import processes
from keras_search.tuner.system.seeds import derive_seed
from keras_search.tuner.workers.helper import Helper
from keras_search.tuner.workers.loop import Watcher
from keras_search.tuner.workers.pool import default_workers

DRAWN = 60
"""How many trials of the search are looked at; those to measure are spread evenly over them."""
START_SECONDS = 0.6
"""What a command takes before it comes here."""
MOST = 12
"""How many trials are measured at most."""
FLOAT_BYTES = 4


@dataclass(frozen=True)
class Estimate:
    """What a study will do and take; what was measured for it."""

    settings: StudySettings
    search: Work
    comparison: Work
    models: tuple[str, ...]
    workers: int
    data: dict[str, Any]
    gets: list[str]
    notes: list[str]
    seconds: Seconds
    disk: Disk
    measured: tuple[Measurement, ...]
    took: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as `keras-search start --dry-run --json` prints them."""
        return {
            "settings": self.settings.model_dump(mode="json", exclude={"script"}),
            "search": {"trials": self.search.runs, "epochs": self.search.epochs},
            "comparison": {
                "models": list(self.models), "runs": self.comparison.runs, "epochs": self.comparison.epochs,
            },
            "workers": self.workers,
            "data": self.data,
            "gets": self.gets,
            "notes": self.notes,
            "seconds": self.seconds.as_dict(),
            "disk": self.disk.as_dict(),
            "measured": {"seconds": self.took, "runs": [each.as_dict() for each in self.measured]},
        }  # fmt: skip


def estimate(settings: StudySettings, options: Options, watcher: Watcher) -> Estimate:
    """Estimate what a search with these settings takes on this machine as busy as it is; nothing of it stays.

    It reads and splits the data, surveys the search space and trains a few of the search's own trials and a
    baseline for a few epochs, with as many workers as the search. The test split stays closed.

    Raises:
        UsageError: the search could not be started so.
        KerasSearchError: none of the measured trials could be trained.
    """
    began = time.monotonic() - START_SECONDS
    code = resolved(check_source(settings.hypermodel))
    with tempfile.TemporaryDirectory(prefix="keras-search-") as place:
        folder = StudyFolder(Path(place) / "estimate")
        folder.make()
        processes.warm_up(settings.kernels)
        watcher.on_stage("survey")
        watcher.on_step("data")
        data = load_dataset(settings.source)
        watcher.on_step("workers")
        seen = keep_splits(settings, data, folder, watcher)
        with pool_for(folder, settings, options, code, watcher) as pool, helper_for(folder) as helper:
            facts = survey(settings, options, pool, helper, watcher, data, passed=False)
            write_study(folder.root, {**facts, **seen, "hypermodel_at": code})
            with Store.open(folder.root) as store:
                preparing = time.monotonic() - began
                plan = _plan(store, helper, options)
                watcher.on_objective(plan.settings.objective, plan.settings.direction)
                watcher.on_stage("estimate")
                measured = measure(store, folder, plan.trials, plan.each_model, pool, watcher)
        splits = open_splits(folder.data)
        return Estimate(
            settings=plan.settings,
            search=plan.search,
            comparison=work_of(plan.retrained),
            models=plan.models,
            workers=options.pool_size,
            data=_about(splits, facts),
            gets=_gets(splits, seen, settings),
            notes=[*seen["read"], *facts["notes"]],
            seconds=_seconds(plan, measured, preparing, options),
            disk=_disk(plan, measured, _bytes_below(folder.data), splits),
            measured=tuple(measured),
            took=time.monotonic() - began,
        )


@dataclass(frozen=True)
class _Plan:
    """What the study will train, and which trials of it are measured; `held` are checkpoints that it may keep."""

    settings: StudySettings
    search: Work
    trials: list[Run]
    retrained: list[Run]
    held: int

    @property
    def models(self) -> tuple[str, ...]:
        """The models that are compared."""
        return tuple(dict.fromkeys(run.model for run in self.retrained))

    @property
    def each_model(self) -> list[Run]:
        """A retraining of each model but the tuned one, which is like a trial."""
        return [next(run for run in self.retrained if run.model == name) for name in self.models if name != TUNED]


def _plan(store: Store, helper: Helper, options: Options) -> _Plan:
    settings, space = settings_of(store), store.fact("space")
    proposer = Proposer(helper, settings, space)
    drawn = _draw(proposer, settings)
    defaults = helper.call(defaults_of, space) if DEFAULTS in settings.baselines else None
    retrained = [] if options.search_only else planned_runs(settings, drawn[0], defaults)
    rung = drawn[0].name.rpartition("-")[0]
    held = sum(run.name.startswith(f"{rung}-") for run in drawn) if settings.tuner == "hyperband" else 0
    return _Plan(settings, proposer.planned(), _spread(drawn), retrained, held + 2 * options.pool_size)


def _draw(proposer: Proposer, settings: StudySettings) -> list[Run]:
    """Ask for the first trials of the search, as if none ever ended."""
    runs: list[Run] = []
    while len(runs) < DRAWN and (proposal := proposer.propose()) is not None:
        seed, values = derive_seed(settings.seed, "trial", proposal.name), proposal.hyperparameters
        run = Run(proposal.name, Kind.TRIAL, settings.hypermodel, "trial", values, seed, settings.max_epochs)
        proposer.learn(run)
        runs.append(run)
    return runs


def _spread(runs: list[Run]) -> list[Run]:
    """Choose runs that are spread evenly, the first among them."""
    return runs if len(runs) <= MOST else [runs[place * len(runs) // MOST] for place in range(MOST)]


def _seconds(plan: _Plan, measured: Sequence[Measurement], preparing: float, options: Options) -> Seconds:
    """Project the time of each stage."""
    settings, workers = plan.settings, options.pool_size
    trial = cost_of([each for each in measured if each.model == TRIAL])
    by_model = {each.model: _own_cost(each, trial) for each in measured if each.model != TRIAL}
    epochs = {run.model: run.epochs for run in plan.retrained}
    costs = [(by_model.get(name, trial), epochs[name]) for name in plan.models]
    limit = None if settings.max_minutes is None else 60 * settings.max_minutes
    alone = comparison_seconds(costs, settings.compare_seeds, workers) if costs else 0.0
    drawing = small_drawing_seconds()
    drawings = SEARCH_DRAWINGS + DRAWINGS_OF_EACH * max(len(run.hyperparameters) for run in plan.trials)
    comparison, left = with_drawing(alone, drawings * drawing, workers, default_workers(threads=1))
    return Seconds(
        preparing=preparing,
        search=search_seconds(trial, plan.search, settings.max_epochs, workers, limit),
        comparison=comparison,
        ablation=_ablation(plan, trial, workers) if settings.ablation and costs else 0.0,
        report=REPORT_DRAWINGS * drawing + left,
        spread=max(LEAST_SPREAD, 2 * trial.spread),
    )


def _own_cost(measured: Measurement, trial: Cost) -> Cost:
    """Return what a model takes that was measured once: its fixed part is a trial's if it was a worker's first run."""
    cost = cost_of([measured])
    return replace(cost, fixed=trial.fixed) if measured.first else cost


def _ablation(plan: _Plan, trial: Cost, workers: int) -> float:
    """Project the ablation: at most as many steps as a configuration has hyperparameters, and the start."""
    steps = 1 + max(len(run.hyperparameters) for run in plan.trials)
    return comparison_seconds([(trial, plan.settings.max_epochs)] * steps, ABLATION_SEEDS, workers)


def _disk(plan: _Plan, measured: Sequence[Measurement], data: int, splits: Splits) -> Disk:
    """Project the bytes on the disk."""
    bytes_of_checkpoint = max((each.checkpoint for each in measured), default=0)
    by_model = {each.model: each.checkpoint for each in measured if each.model != TRIAL}
    models = sum(by_model.get(run.model, bytes_of_checkpoint) for run in plan.retrained)
    return Disk(
        data=data,
        checkpoints=bytes_of_checkpoint * plan.held,
        models=models,
        database=database_bytes(plan.search, work_of(plan.retrained), _bytes_of_predictions(splits)),
    )


def _bytes_of_predictions(splits: Splits) -> int:
    """Return the bytes of one model's predictions for the test examples; the test split itself stays closed."""
    width = sum(len(target.class_names) or target.width for target in splits.targets)
    return size(splits.x_val) * width * FLOAT_BYTES


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _about(splits: Splits, facts: dict[str, Any]) -> dict[str, Any]:
    """Describe the data: how many examples each part has, and what is predicted."""
    outputs = [
        {"name": target.name, "classes": list(target.class_names) or None, "width": target.width}
        for target in splits.targets
    ]
    return {
        "name": facts["data"]["name"], "fit": size(splits.x_fit), "validation": size(splits.x_val), "outputs": outputs
    }  # fmt: skip


def _gets(splits: Splits, seen: dict[str, Any], settings: StudySettings) -> list[str]:
    """Describe what the networks get, and how it is prepared."""
    prepared = splits.seen_by(settings.has_own_hypermodel and not settings.prepare).preparation
    return [*sentences(from_stored(seen["sights"])), in_words(prepared)]
