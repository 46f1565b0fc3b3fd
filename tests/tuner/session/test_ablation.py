"""The way from the baseline's settings to the best."""

import keras_tuner
import pytest

from keras_search.models import BASELINES, HYPERMODELS, Problem
from keras_search.models.problem import Target
from keras_search.tuner.session.ablation import ABLATION_SEEDS, Step, ablation_path, planned_ablation, start_values
from keras_search.tuner.space.walk import sample
from keras_search.tuner.study.records import Kind
from keras_search.tuner.study.settings import StudySettings

PROBLEM = Problem((8, 8), (Target(class_names=tuple("0123456789")),), 100, 5)


@pytest.fixture(scope="module")
def mlp_space() -> keras_tuner.HyperParameters:
    space = keras_tuner.HyperParameters()
    HYPERMODELS["mlp"](PROBLEM)(space)
    return space


def small_space() -> keras_tuner.HyperParameters:
    space = keras_tuner.HyperParameters()
    space.Choice("kind", ["plain", "deep"])
    with space.conditional_scope("kind", ["deep"]):
        space.Int("depth", 1, 4)
    space.Float("rate", 0.0, 0.5)
    return space


def test_the_path_changes_one_hyperparameter_a_step_in_the_given_order() -> None:
    steps = ablation_path(
        small_space(),
        {"kind": "plain", "rate": 0.1},
        {"kind": "deep", "depth": 3, "rate": 0.4},
        ["rate", "depth", "kind"],
    )
    assert steps == [
        Step("", {"kind": "plain", "rate": 0.1}),
        Step("rate", {"kind": "plain", "rate": 0.4}),
        Step("kind", {"kind": "deep", "depth": 3, "rate": 0.4}),
    ]


def test_a_hyperparameter_that_becomes_inactive_is_dropped() -> None:
    steps = ablation_path(
        small_space(), {"kind": "deep", "depth": 2, "rate": 0.1}, {"kind": "plain", "rate": 0.1}, ["kind", "rate"]
    )
    assert [step.values for step in steps] == [
        {"kind": "deep", "depth": 2, "rate": 0.1},
        {"kind": "plain", "rate": 0.1},
    ]


def test_the_best_settings_of_a_start_that_is_the_best_are_one_step() -> None:
    values = {"kind": "plain", "rate": 0.2}
    assert ablation_path(small_space(), values, values, ["kind", "rate"]) == [Step("", values)]


@pytest.mark.parametrize("place", range(10))
def test_every_path_ends_at_the_best_settings(mlp_space: keras_tuner.HyperParameters, place: int) -> None:
    best = sample(mlp_space, 0, place)
    steps = ablation_path(mlp_space, BASELINES["mlp-128-64"].as_mlp, best, list(best))
    assert steps[0].values == BASELINES["mlp-128-64"].as_mlp
    assert steps[-1].values == best
    assert len({step.hyperparameter for step in steps}) == len(steps)


def test_every_step_is_trained_on_the_same_fresh_seeds() -> None:
    settings = StudySettings.create()
    runs = planned_ablation(settings, [Step("", {"a": 1}), Step("a", {"a": 2})])
    assert len(runs) == 2 * ABLATION_SEEDS
    assert {run.kind for run in runs} == {Kind.ABLATION}
    assert {run.seed for run in runs if run.model == ""} == {run.seed for run in runs if run.model == "a"}
    assert runs[0].name == "ablation-00-seed0"


def test_other_hypermodels_start_from_their_defaults() -> None:
    settings = StudySettings.create(hypermodel="lr-batch")
    assert start_values(settings, small_space()) == {"kind": "plain", "rate": 0.0}


@pytest.mark.parametrize("name", list(BASELINES))
def test_a_baseline_is_the_same_network_in_the_terms_of_mlp(name: str) -> None:
    baseline = BASELINES[name]
    hyperparameters = keras_tuner.HyperParameters()
    hyperparameters.values = dict(baseline.as_mlp)
    as_mlp, network = HYPERMODELS["mlp"](PROBLEM)(hyperparameters), baseline.build(PROBLEM)
    assert hyperparameters.values == baseline.as_mlp
    assert as_mlp.count_params() == network.count_params()
    assert [w.shape for w in as_mlp.weights] == [w.shape for w in network.weights]
    assert type(as_mlp.optimizer) is type(network.optimizer)
    assert float(as_mlp.optimizer.learning_rate) == float(network.optimizer.learning_rate)


def test_a_network_that_is_compared_with_its_defaults_starts_from_them() -> None:
    settings = StudySettings.create(hypermodel="mlp", baselines=("defaults",))
    assert start_values(settings, small_space()) == {"kind": "plain", "rate": 0.0}
