"""Importance, against Optuna called directly, and the expected best score, against enumeration."""

import math
import sys
from collections import Counter
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from keras_search.errors import KerasSearchError
from keras_search.tuner.report.importance import importance

NAMES = ["learning_rate", "activation", "units", "batch_norm", "layers", "units_3", "optimizer"]


def search(count: int, seed: int = 0) -> pd.DataFrame:
    """Make trials whose score depends on the learning rate most, then on the activation, and little on the rest."""
    rng = np.random.default_rng(seed)
    rate = 10 ** rng.uniform(-4, -1, count)
    activation = rng.choice(["relu", "tanh", "gelu"], count)
    layers = rng.integers(1, 4, count)
    score = 0.97 - 0.02 * (np.log10(rate) + 2.5) ** 2 + 0.004 * (activation == "relu")
    return pd.DataFrame({
        "trial": [f"{number:04d}" for number in range(count)],
        "state": "completed",
        "score": score + 0.002 * rng.standard_normal(count),
        "parent": "",
        "learning_rate": rate,
        "activation": activation,
        "units": rng.choice([32, 64, 128], count),
        "batch_norm": rng.integers(2, size=count).astype(bool).astype(object),
        "layers": layers,
        "units_3": [int(rng.choice([32, 64])) if many == 3 else None for many in layers],
        "optimizer": "adam",
    })  # fmt: skip


def test_what_decides_comes_first_and_shares_add_up_to_one() -> None:
    measured = importance(search(60), NAMES, "max", seed=0)
    assert measured.columns.to_list() == ["hyperparameter", "importance", "low", "high"]
    assert measured["hyperparameter"][0] == "learning_rate"
    assert measured["importance"].sum() == pytest.approx(1)
    assert measured["importance"].is_monotonic_decreasing
    assert (measured["low"] <= measured["importance"]).all()
    assert (measured["importance"] <= measured["high"]).all()
    assert set(measured["hyperparameter"]) == set(NAMES)


def test_intervals_narrow_with_more_trials() -> None:
    few, many = (importance(search(count), NAMES, "max").set_index("hyperparameter") for count in (12, 120))
    width_of_few, width_of_many = (frame["high"] - frame["low"] for frame in (few, many))
    unimportant = ["units", "batch_norm", "layers"]
    assert width_of_few[unimportant].sum() > 1.5 * width_of_many[unimportant].sum()


def test_what_never_varies_has_no_importance() -> None:
    measured = importance(search(30), NAMES, "max").set_index("hyperparameter")
    assert (measured.loc["optimizer"] == 0).all()
    constant = importance(search(30), ["optimizer"], "max")
    assert constant["importance"].to_list() == [0.0]


CLASS = st.sampled_from(["a", "b", "c", None])
ROWS = st.lists(st.tuples(CLASS, CLASS, st.booleans(), st.integers(0, 6)), min_size=4, max_size=60)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::optuna.exceptions.ExperimentalWarning")
@settings(max_examples=60)
@given(rows=ROWS)
@example(rows=[("b", "a", flag, score) for flag in (False, True) for score in (0, 1, 1)])
def test_choices_agree_with_optuna(rows: list[tuple[str | None, str | None, bool, int]]) -> None:
    """With choices only, nothing is ranked, so that Optuna's own answer on the same trials is the same."""
    names = ["one", "other", "flag"]
    trials = pd.DataFrame([dict(zip([*names, "score"], row, strict=True)) for row in rows]).astype({"score": float})
    trials = trials.assign(state="completed", flag=trials["flag"].astype(object))
    measured = importance(trials, names, "max").set_index("hyperparameter")["importance"]
    reference = of_optuna(rows, names)
    assert measured.to_dict() == pytest.approx(reference, abs=1e-9)


def of_optuna(rows: list[Any], names: list[str]) -> dict[str, float]:
    columns = {name: [row[index] for row in rows if row[index] is not None] for index, name in enumerate(names)}
    spaces = {name: CategoricalDistribution(sorted(set(values))) for name, values in columns.items() if values}
    study = optuna.create_study(direction="maximize")
    for *values, score in rows:
        params = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        study.add_trial(
            optuna.create_trial(value=score, params=params, distributions={name: spaces[name] for name in params})
        )
    top = max(math.ceil(len(rows) / 4), min(5, len(rows) // 2))
    evaluator = PedAnovaImportanceEvaluator(target_quantile=top / len(rows) - 1e-9)  # rounded up again by Optuna
    found = get_param_importances(study, evaluator=evaluator, params=list(spaces), normalize=False)
    total = sum(found.values())
    return {name: found.get(name, 0.0) / total if total else 0.0 for name in names}


def test_ten_thousand_trials_are_measured_at_once() -> None:
    """A bootstrap that copied trials took minutes: one that counts them calls few functions, however many they are."""
    few, many = (calls_on(search(count)) for count in (1_000, 4_000))
    assert many < 5 * few


def calls_on(trials: pd.DataFrame) -> int:
    """Count the calls of Python functions that measuring takes."""
    counted: Counter[str] = Counter()
    sys.setprofile(lambda _frame, event, _of: counted.update([event]))
    try:
        importance(trials, NAMES, "max")
    finally:
        sys.setprofile(None)
    return counted["call"]


def test_a_scale_makes_no_difference() -> None:
    """A learning rate counts the same as its logarithm."""
    trials = search(20)
    logarithmic = trials.assign(learning_rate=np.log10(trials["learning_rate"]))
    pd.testing.assert_frame_equal(importance(trials, NAMES, "max"), importance(logarithmic, NAMES, "max"))


def test_a_score_to_minimise_is_one_to_maximise_turned_round() -> None:
    trials = search(20)
    turned = trials.assign(score=-trials["score"])
    pd.testing.assert_frame_equal(importance(trials, NAMES, "max"), importance(turned, NAMES, "min"))


def test_the_same_seed_gives_the_same_intervals_and_another_does_not() -> None:
    trials = search(20)
    pd.testing.assert_frame_equal(importance(trials, NAMES, "max", seed=1), importance(trials, NAMES, "max", seed=1))
    other = importance(trials, NAMES, "max", seed=2)
    assert not other["high"].equals(importance(trials, NAMES, "max", seed=1)["high"])


def test_trials_that_failed_or_went_on_are_left_out() -> None:
    trials = search(30)
    failed = trials.head(5).assign(state="failed", score=np.nan, trial=[f"f{number}" for number in range(5)])
    started = trials.head(3).assign(score=0.1, trial=["a", "b", "c"])
    continued = trials.copy()
    continued.loc[:2, "parent"] = ["a", "b", "c"]
    more = pd.concat([continued, failed, started], ignore_index=True)
    pd.testing.assert_frame_equal(importance(more, NAMES, "max"), importance(trials, NAMES, "max"))


@pytest.mark.parametrize("count", [0, 3])
def test_too_few_trials_have_no_importance(count: int) -> None:
    measured = importance(search(3).head(count), NAMES, "max")
    assert measured.empty
    assert measured.columns.to_list() == ["hyperparameter", "importance", "low", "high"]


@pytest.mark.parametrize("count", [4, 5, 9])
def test_few_trials_and_equal_scores_are_no_error(count: int) -> None:
    assert importance(search(count), NAMES, "max")["importance"].between(0, 1).all()
    assert importance(search(count).assign(score=0.5), NAMES, "max")["importance"].between(0, 1).all()


def test_a_hyperparameter_that_was_never_active_has_no_importance() -> None:
    trials = search(20).assign(units_3=None)
    assert importance(trials, NAMES, "max").set_index("hyperparameter").loc["units_3", "importance"] == 0


def test_a_wrong_direction_or_column_is_refused() -> None:
    with pytest.raises(KerasSearchError, match="Expected the direction 'max' or 'min', received 'up'"):
        importance(search(9), NAMES, "up")
    with pytest.raises(KerasSearchError, match="No column 'dropout' in the trials"):
        importance(search(9), ["dropout"], "max")
