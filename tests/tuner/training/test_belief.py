"""Which values are believed."""

from typing import Any

import keras
import pytest

from keras_search.tuner.training.belief import UnbelievableError, check_belief


def model(loss: Any = "mse", **compiling: Any) -> keras.Model:
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    network.compile("sgd", loss, **compiling)
    return network


def believed(name: str, value: float | None, network: keras.Model, composed: bool = False) -> bool:
    try:
        check_belief(name, value, network, composed)
    except UnbelievableError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("val_accuracy", 0.0),
        ("val_acc", 1.0),
        ("val_accuracy", 1.0000001),
        ("val_accuracy", float("nan")),
        ("val_accuracy", None),
        ("accuracy_loss", 2.5),
        ("val_log_auc", -2.5),
        ("default_objective", -0.9),
        ("my_score", -3.0),
        ("neg_mean_squared_error", -3.0),
        ("val_loss", 2.5),
        ("val_r2", -0.5),
    ],
)
def test_what_can_be_is_believed(name: str, value: float | None) -> None:
    assert believed(name, value, model())


@pytest.mark.parametrize(
    ("name", "value"),
    [("val_accuracy", 2.3754), ("val_acc", 97.5), ("digit_accuracy", -0.2), ("val_auc", 1.5), ("f1_score", -1.0)],
)
def test_a_share_outside_0_and_1_is_not(name: str, value: float) -> None:
    with pytest.raises(UnbelievableError) as caught:
        check_belief(name, value, model())
    assert str(caught.value) == (
        f"{name} was {value:.5g}, expected a share between 0 and 1: report it as one, or under another name, or "
        "return a single number from fit, where less is better."
    )


def test_an_accuracy_less_a_penalty_may_be_below_0_and_not_above_1() -> None:
    """As KerasTuner's users compose it; a single number under such a name may not."""
    assert believed("val_accuracy", -0.36, model(), composed=True)
    assert not believed("val_accuracy", 2.3754, model(), composed=True)


LOSSES = ["mse", "binary_crossentropy", keras.losses.BinaryCrossentropy(name="mine"), keras.losses.mean_absolute_error]


@pytest.mark.parametrize("loss", [*LOSSES, *([each] for each in LOSSES)])
def test_a_loss_of_keras_below_0_is_not(loss: Any) -> None:
    """As a cross-entropy of targets above 1 comes out."""
    with pytest.raises(UnbelievableError, match=r"^val_loss was -0.35, but is never below 0 on the targets "):
        check_belief("val_loss", -0.35, model(loss))
    assert believed("val_loss", -1e-9, model(loss))


@pytest.mark.parametrize("name", ["val_mse", "val_mean_absolute_error", "binary_crossentropy"])
def test_an_error_below_0_is_not(name: str) -> None:
    assert not believed(name, -0.35, model())


class OwnLoss(keras.Model):
    """A model that computes its loss itself."""

    def compute_loss(self, *_: Any, **__: Any) -> Any:
        return -1.0


def own() -> keras.Model:
    given = keras.Input((3,))
    network = OwnLoss(given, keras.layers.Dense(2)(given))
    network.compile("sgd", "mse")
    return network


def test_other_losses_may_be_below_0() -> None:
    others = [model("cosine_similarity"), model(lambda y, said: y - said), model("mse", loss_weights=[-1.0]), own()]
    for network in (*others, keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])):
        assert believed("val_loss", -0.35, network)


def test_a_loss_with_another_added_may_be_below_0() -> None:
    layer = keras.layers.Dense(2, kernel_regularizer=lambda weights: -keras.ops.sum(weights * weights))
    network = keras.Sequential([keras.Input((3,)), layer])
    network.compile("sgd", "mse")
    assert believed("val_loss", -0.35, network)
