"""What a model does with a few examples, and one line on what it cannot do."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.data import Splits, dataset_of, make_splits
from keras_search.tuner.training.dry_run import dry_run
from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.outputs import UnfitModelError

RNG = np.random.default_rng(0)
N = 90


def splits(x: Any, y: Any) -> Splits:
    return make_splits(dataset_of("mine", {"x_train": x, "y_train": y, "x_test": x, "y_test": y}), 0.3, 0)


IMAGE, NUMBERS = RNG.integers(0, 255, (N, 4, 4)).astype(np.uint8), RNG.normal(0, 1, (N, 3))
DIGIT, INK = np.arange(N) % 3, RNG.normal(0, 1, (N, 2))
ONE, TWO = splits(IMAGE, DIGIT), splits(IMAGE, DIGIT % 2)
NAMED = splits({"image": IMAGE, "numbers": NUMBERS}, {"digit": DIGIT, "ink": INK})
VALUES = splits(IMAGE, INK)


def inputs(**shapes: tuple[int, ...]) -> dict[str, Any]:
    return {name: keras.Input(shape, name=name) for name, shape in shapes.items()}


def joined(given: dict[str, Any]) -> Any:
    rows = [keras.layers.Flatten()(each) for each in given.values()]
    return keras.layers.Concatenate()(rows) if len(rows) > 1 else rows[0]


def model(given: dict[str, Any], *widths: int, names: tuple[str, ...] = ("digit", "ink")) -> keras.Model:
    """Give a model with an output of each width, named, or the only one without a name."""
    rows = joined(given)
    dense = [keras.layers.Dense(width, "sigmoid" if width == 1 else "softmax") for width in widths]
    outputs = dict(zip(names, (layer(rows) for layer in dense), strict=False)) if len(dense) > 1 else dense[0](rows)
    return keras.Model(given if len(given) > 1 else next(iter(given.values())), outputs)


def tried(network: keras.Model, data: Splits, loss: Any = "mse", fit: Callable[..., Any] | None = None) -> Any:
    if fit is None:
        network.compile("sgd", loss, metrics=None)
    return dry_run(Network(network, 32, fit), data, "val_loss")


LOSSES = {"digit": "sparse_categorical_crossentropy", "ink": "mse"}


def test_a_model_that_fits_several_inputs_and_outputs() -> None:
    seen = tried(model(inputs(image=(4, 4), numbers=(3,)), 3, 2), NAMED, LOSSES)
    assert seen.comparable
    assert seen.metrics == ["loss", "digit_loss", "ink_loss", "val_loss", "val_digit_loss", "val_ink_loss"]


def test_a_model_that_takes_a_part_of_the_inputs_by_a_list() -> None:
    given = inputs(numbers=(3,))
    network = keras.Model(list(given.values()), model(given, 3, 2)(given["numbers"]))
    assert tried(network, NAMED, LOSSES).comparable


@pytest.mark.parametrize(
    ("width", "data", "comparable"),
    [(3, ONE, True), (1, ONE, False), (2, TWO, True), (1, TWO, True), (2, VALUES, True)],
)
def test_what_its_output_says_decides_whether_a_model_can_be_compared(
    width: int, data: Splits, comparable: bool
) -> None:
    assert tried(model(inputs(image=(4, 4)), width), data).comparable is comparable


def test_a_column_for_two_values_cannot_be_compared() -> None:
    """Keras broadcasts it in silence."""
    assert not tried(model(inputs(image=(4, 4)), 1), VALUES).comparable


def test_a_fit_of_the_users_own_may_train_a_model_that_cannot_be_compared() -> None:
    seen = tried(model(inputs(image=(4, 4), numbers=(3,)), 3), NAMED, fit=lambda *_, **__: {"val_loss": 1.0})
    assert (seen.comparable, seen.own_fit) == (False, True)


@pytest.mark.parametrize(
    ("network", "data", "message"),
    [
        (lambda: model(inputs(image=(16,)), 3), ONE,
         "The hypermodel's model takes examples of shape (16,), the data have shape (4, 4): "
         "change its input, or choose another --dataset."),
        (lambda: model(inputs(image=(4, 4), numbers=(4,)), 3, 2), NAMED,
         "The hypermodel's model takes for its input numbers examples of shape (4,), the data have shape (3,): "
         "change its input, or choose another --dataset."),
        (lambda: model(inputs(image=(4, 4), numbers=(3,)), 3), ONE,
         "The hypermodel's model takes 2 inputs (image, numbers), the data have one, of shape (4, 4): "
         "give it one, or choose another --dataset."),
        (lambda: model(inputs(image=(4, 4), extra=(3,)), 3, 2), NAMED,
         "The hypermodel's model takes the inputs extra, image, the data have image, numbers: "
         "name its inputs alike, by keras.Input(..., name='image')."),
        (lambda: keras.Model(given := inputs(image=(4, 4)), {"digit": keras.layers.Flatten()(given["image"])}), NAMED,
         "The hypermodel's model takes the input image, the data have image, numbers: "
         "name its inputs alike, by keras.Input(..., name='image')."),
        (lambda: model(inputs(image=(4, 4), numbers=(3,)), 3), NAMED,
         "The hypermodel's model has 1 output, the data have 2 to learn (digit, ink): give it one for each."),
        (lambda: model(inputs(image=(4, 4)), 3, 2), ONE,
         "The hypermodel's model has 2 outputs, the data have 1 to learn: give it one for each."),
        (lambda: model(inputs(image=(4, 4), numbers=(3,)), 3, 2, names=("digit", "other")), NAMED,
         "The outputs of the hypermodel's model are digit, other, the data have digit, ink to learn: "
         "let it return a dict {'digit': ..., 'ink': ...}."),
        (lambda: model(inputs(image=(4, 4)), 4), ONE,
         "The hypermodel's model has 4 outputs, the data have 3 classes: give it 3."),
        (lambda: model(inputs(image=(4, 4)), 3), TWO,
         "The hypermodel's model has 3 outputs, the data have 2 classes: give it 2."),
        (lambda: model(inputs(image=(4, 4)), 3), VALUES,
         "The hypermodel's model has 3 outputs, the data have 2 values: give it 2."),
        (lambda: model(inputs(image=(4, 4), numbers=(3,)), 3, 4), NAMED,
         "The output ink of the hypermodel's model has 4 columns, the data have 2 values: give it 2."),
    ],
)  # fmt: skip
def test_a_model_that_does_not_fit_the_data_is_told_why(network: Any, data: Splits, message: str) -> None:
    with pytest.raises(UnfitModelError) as caught:
        tried(network(), data)
    assert str(caught.value) == message


def test_one_column_that_cannot_learn_three_classes_is_told_why() -> None:
    with pytest.raises(UnfitModelError) as caught:
        tried(model(inputs(image=(4, 4)), 1), ONE, "sparse_categorical_crossentropy")
    assert str(caught.value) == "The hypermodel's model has 1 output, the data have 3 classes: give it 3."


def test_one_column_of_two_classes_is_not_what_went_wrong() -> None:
    def fails(*_: Any) -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        tried(model(inputs(image=(4, 4)), 1), TWO, fails)


@pytest.mark.parametrize("metrics", [None, ["accuracy"], ["acc"]])
def test_what_a_plain_model_reports_is_what_keras_reports(metrics: list[str] | None) -> None:
    """It is told without training."""
    network = model(inputs(image=(4, 4)), 3)
    network.compile("adam", "sparse_categorical_crossentropy", metrics=metrics)
    before = network.get_weights()
    seen = dry_run(Network(network, 32), ONE, "val_loss").metrics
    assert all(np.array_equal(a, b) for a, b in zip(network.get_weights(), before, strict=True))
    network.train_on_batch(ONE.x_fit, ONE.y_fit)
    names = list(network.get_metrics_result())
    assert seen == [*names, *(f"val_{name}" for name in names)]


class Subclassed(keras.Model):
    """A model whose outputs are unknown before it is called."""

    def __init__(self, width: int, activation: str | None) -> None:
        super().__init__()
        self.head = keras.layers.Dense(width, activation=activation)

    def call(self, x: Any) -> Any:
        return self.head(x)


@pytest.mark.parametrize(
    ("width", "activation", "loss"),
    [(2, None, keras.losses.SparseCategoricalCrossentropy(from_logits=True)), (1, "sigmoid", "binary_crossentropy")],
)
def test_a_subclassed_model_whose_output_is_no_probability_of_each_class_is_not_compared_by_it(
    width: int, activation: str | None, loss: Any
) -> None:
    network = Network(Subclassed(width, activation), 8)
    network.model.compile("adam", loss)
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    splits = make_splits(dataset_of("two", {"x_train": x, "y_train": y}), 0.25, 0)
    assert not dry_run(network, splits, "val_loss").comparable


def test_logits_of_a_loss_of_the_users_own_are_no_probabilities() -> None:
    network = keras.Sequential([keras.Input((4, 4)), keras.layers.Flatten(), keras.layers.Dense(3)])
    assert not tried(network, ONE, lambda y, said: keras.ops.mean(said) * 0 + keras.ops.mean(y)).comparable


def test_a_subclassed_model_with_a_softmax_will_do() -> None:
    network = Network(Subclassed(2, "softmax"), 8)
    network.model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    splits = make_splits(dataset_of("two", {"x_train": x, "y_train": y}), 0.25, 0)
    assert dry_run(network, splits, "val_accuracy").comparable


@pytest.mark.parametrize("trained", [(), ("copy",), ("copy", "copy"), ("copy", "model"), ("model",)])
def test_a_fit_that_trains_copies_alone_is_known_before_any_time_is_spent(trained: tuple[str, ...]) -> None:
    """A score from a loop of the user's own, without any `fit`, may be one that had too few examples for a step."""
    given = model(inputs(x=(4, 4)), 3)
    given.compile("sgd", "sparse_categorical_crossentropy")

    def fit(x: Any, y: Any, **options: Any) -> float:
        for which in trained:
            one = given if which == "model" else keras.models.clone_model(given)
            one.compile("sgd", "sparse_categorical_crossentropy")
            one.fit(x, y, **options)
        return 1.0

    assert tried(given, ONE, fit=fit).left_alone == (bool(trained) and "model" not in trained)
    assert "fit" not in vars(keras.Model), "it is as before"
