"""Networks that were trained are kept for the test, as long as they are small."""

import keras
import pytest

from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.training import kept_networks
from keras_search.tuner.training.kept_networks import KeptNetworks
from keras_search.tuner.training.networks import Network


def _network(units: int) -> Network:
    return Network(keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, use_bias=False)]), 32)


def _run(model: str, units: int = 1, role: str = "tuned") -> Run:
    return Run(f"{model}-seed0", Kind.RETRAIN, model, role, {"units": units}, 0, 1)


def _built(run: Run) -> Network:
    return _network(int(run.hyperparameters["units"]))


def _refuse(run: Run) -> Network:
    raise AssertionError(run.name)


def test_a_network_is_kept_until_its_model_has_other_hyperparameters() -> None:
    kept, one = KeptNetworks(own_code=False), _network(1)
    kept.keep(_run("tuned", 1), one)
    assert kept.of(_run("tuned", 1), _refuse) is one
    two = kept.of(_run("tuned", 2), _built)
    assert two is not one
    assert kept.of(_run("tuned", 2), _refuse) is two


def test_only_baselines_are_kept_beside_the_users_own_code() -> None:
    kept = KeptNetworks(own_code=True)
    for role in ("tuned", "defaults", "baseline"):
        kept.keep(_run(role, role=role), _network(1))
    assert kept.of(_run("baseline", role="baseline"), _refuse)
    for role in ("tuned", "defaults"):
        first = kept.of(_run(role, role=role), _built)
        assert kept.of(_run(role, role=role), _built) is not first


def test_large_networks_are_not_kept_while_others_are_trained_and_one_at_a_time_in_the_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept_networks, "MOST_PARAMETERS", 40)
    kept = KeptNetworks(own_code=False)
    kept.keep(_run("small", 5), _network(5))
    kept.keep(_run("large", 50), _network(50))
    assert kept._kept.keys() == {"small"}
    large = kept.of(_run("large", 50), _built)
    assert kept._kept.keys() == {"large"}
    assert kept.of(_run("large", 50), _refuse) is large
    kept.of(_run("small", 5), _built)
    assert kept._kept.keys() == {"small"}
