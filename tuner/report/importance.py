"""Which hyperparameters mattered."""

import math
import warnings
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
import pandas as pd
from optuna.distributions import CategoricalDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState, create_trial

from keras_search.errors import KerasSearchError
from keras_search.tuner.verdict.expectation import sign_of

FEWEST_TRIALS = 4
RESAMPLES = 200
TOP_SHARE = 0.25
CLASSES = 6
TOP_TRIALS = 5
COLUMNS = ("hyperparameter", "importance", "low", "high")

Floats = npt.NDArray[np.float64]
Params = dict[str, str]


def importance(trials: pd.DataFrame, hyperparameters: Sequence[str], direction: str, seed: int = 0) -> pd.DataFrame:
    """Measure how much each hyperparameter decides whether a trial is among the best, with 95% intervals.

    The measure is PED-ANOVA (Watanabe, Bansal and Hutter 2023, IJCAI, "PED-ANOVA: Efficiently Quantifying
    Hyperparameter Importance in Arbitrary Subspaces") as Optuna computes it: how far the values of the best
    quarter of the trials, at least 5, are from those of all. Numbers with more than six values enter as six
    classes of about equal size, so that a logarithmic scale needs no guess, and densities, which a few dozen
    trials do not support, no bandwidth. If a hyperparameter is inactive (None, NaN), the trial does not count for it.
    A trial that another one continued (`parent`) gives way to that one.

    The interval is the percentile bootstrap over trials, widened to hold the estimate where resampling, which
    repeats trials, has moved away from it. With few trials it is as wide as the answer is uncertain.

    Args:
        trials: The frame of trials: `state`, `score`, a column a hyperparameter; `trial`, `parent` if present.
        hyperparameters: The columns to measure.
        direction: "max" or "min", what a good score is.
        seed: Seed of the bootstrap.

    Returns:
        The columns `hyperparameter`, `importance` (shares that add up to 1, or all 0 if nothing varies),
        `low`, `high`; the most important first; no rows with fewer than 4 completed trials.

    Raises:
        KerasSearchError: the direction is neither, or a hyperparameter has no column.
    """
    _check(trials, hyperparameters, direction)
    kept = _last_completed(trials)
    if len(kept) < FEWEST_TRIALS or not hyperparameters:
        return pd.DataFrame(columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[1:], "float64"))
    count = len(kept)
    samples = np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
    with _quiet_optuna():
        study = _open_study(_freeze(kept, hyperparameters, sign_of(direction)))
        shares = _shares(study, range(count), hyperparameters)
        drawn = [_shares(study, sample.tolist(), hyperparameters) for sample in samples]
    frame = pd.DataFrame({
        "hyperparameter": list(hyperparameters),
        "importance": shares,
        "low": np.minimum(shares, np.quantile(drawn, 0.025, axis=0)),
        "high": np.maximum(shares, np.quantile(drawn, 0.975, axis=0)),
    })  # fmt: skip
    return frame.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def _check(trials: pd.DataFrame, hyperparameters: Sequence[str], direction: str) -> None:
    sign_of(direction)
    if missing := [name for name in hyperparameters if name not in trials.columns]:
        raise KerasSearchError(
            f"No column {missing[0]!r} in the trials. Their columns: {', '.join(map(str, trials.columns))}."
        )


def _last_completed(trials: pd.DataFrame) -> pd.DataFrame:
    """Select the completed trials with a finite score, only the longest training of each configuration."""
    completed = trials[(trials["state"] == "completed") & np.isfinite(trials["score"].astype("float64"))]
    if {"trial", "parent"} <= set(completed.columns):
        completed = completed[~completed["trial"].isin(completed["parent"])]
    return completed


def _freeze(trials: pd.DataFrame, hyperparameters: Sequence[str], sign: int) -> list[FrozenTrial]:
    """Return the trials as Optuna trials, each with its active hyperparameters; larger values are better."""
    encoded = _encode(trials[list(hyperparameters)])
    space = _choices(encoded)
    return [
        create_trial(value=sign * float(score), params=params, distributions={name: space[name] for name in params})
        for params, score in zip(encoded, trials["score"], strict=True)
    ]


def _encode(columns: pd.DataFrame) -> list[Params]:
    """Return the classes of each trial's active hyperparameters."""
    rows: list[Params] = [{} for _ in range(len(columns))]
    for name in columns:
        values = columns[name].tolist()
        active = [index for index, value in enumerate(values) if not _inactive(value)]
        for index, code in zip(active, _codes([values[index] for index in active]), strict=True):
            rows[index][str(name)] = code
    return rows


def _inactive(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _codes(values: Sequence[Any]) -> list[str]:
    """Return each value's class: the value itself, or with many numbers one of six classes of about equal size."""
    many = len(set(values)) > CLASSES
    if not many or any(isinstance(value, bool) or not isinstance(value, int | float | np.number) for value in values):
        return [repr(value) for value in values]
    shares = pd.Series(values, dtype="float64").rank(pct=True)
    return [str(math.ceil(share * CLASSES)) for share in shares]


def _choices(encoded: Sequence[Params]) -> dict[str, CategoricalDistribution]:
    """Return Optuna's search space: each hyperparameter is a choice among the classes that occur."""
    seen: dict[str, set[str]] = {}
    for row in encoded:
        for name, value in row.items():
            seen.setdefault(name, set()).add(value)
    return {name: CategoricalDistribution(sorted(classes)) for name, classes in seen.items()}


class _Sample(optuna.Study):
    """A study that shows a sample of its trials, repetitions included: adding them to a new study would copy each."""

    sample: Sequence[int] = ()

    def get_trials(self, deepcopy: bool = True, states: Container[TrialState] | None = None) -> list[FrozenTrial]:
        """Return the sample's trials, in its order."""
        trials = super().get_trials(deepcopy, states)
        return [trials[index] for index in self.sample]


def _open_study(trials: Sequence[FrozenTrial]) -> _Sample:
    storage = optuna.storages.InMemoryStorage()
    optuna.create_study(storage=storage, study_name="importance", direction="maximize").add_trials(trials)
    return _Sample("importance", storage)


def _shares(study: _Sample, sample: Sequence[int], names: Sequence[str]) -> Floats:
    """Return the importance of each name, `(names,)`, in a sample of trials, as shares of their sum."""
    study.sample = sample
    active = {name for trial in study.get_trials(deepcopy=False) for name in trial.params}
    top = max(math.ceil(TOP_SHARE * len(sample)), min(TOP_TRIALS, len(sample) // 2))
    measured = get_param_importances(
        study,
        evaluator=PedAnovaImportanceEvaluator(target_quantile=top / len(sample)),
        params=[name for name in names if name in active],
        normalize=False,
    )
    raw = np.array([measured.get(name, 0.0) for name in names], dtype=np.float64)
    return raw / raw.sum() if raw.sum() > 0 else raw


@contextmanager
def _quiet_optuna() -> Iterator[None]:
    """Silence what Optuna logs about every study and warns about its experimental arguments."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)
