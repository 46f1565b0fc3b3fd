"""Labels and probabilities by the names of the outputs, the compiled loss and the shape of the outputs."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error

from keras_search.models.problem import Target
from keras_search.tuner.training.outputs import (
    UnfitModelError,
    compared,
    fits,
    labels_for,
    measured,
    width_of,
    with_probabilities,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


LABEL = Target("label", ("a", "b", "c"))
INK = Target("ink", width=2)
TARGETS = (LABEL, INK)
Y = {"label": np.array([2, 0]), "ink": np.ones((2, 2), np.float32)}
X = np.ones((2, 2), np.float32)
ONE_HOT = np.eye(3, dtype=np.float32)[Y["label"]]


def classes(count: int) -> tuple[Target, ...]:
    """Give the only target, of so many classes."""
    return (Target(class_names=tuple("abcdef"[:count])),)


def model(loss: object, width: int = 3) -> keras.Model:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(width)])
    network.compile("sgd", loss)
    return network


def two_outputs(kind: type, loss: object, names: tuple[str, str] = ("ink", "label")) -> keras.Model:
    """Give a model with an output of two values and then one of three classes, in a list or in a dict."""
    given = keras.Input((2,))
    outputs = [keras.layers.Dense(width, name=name)(given) for width, name in zip((2, 3), names, strict=True)]
    network = keras.Model(given, outputs if kind is list else dict(zip(names, outputs, strict=True)))
    network.compile("sgd", loss)
    return network


class Subclass(keras.Model):
    """Give its outputs in a way that is not known before it is called."""

    def __init__(self, pack: Any) -> None:
        super().__init__()
        self.pack, self.dense = pack, keras.layers.Dense(5)

    def call(self, inputs: Any) -> Any:
        said = self.dense(inputs)
        return self.pack(said[:, :2], said[:, 2:])


@pytest.mark.parametrize(
    ("loss", "one_hot"),
    [
        ("sparse_categorical_crossentropy", False),
        ("categorical_crossentropy", True),
        (keras.losses.CategoricalFocalCrossentropy(), True),
        ("mse", True),
        (keras.losses.KLDivergence(), True),
        (lambda y, outputs: keras.ops.mean(outputs) + 0 * keras.ops.mean(y), False),
    ],
)
def test_labels_follow_the_loss(loss: object, one_hot: bool) -> None:
    labels = labels_for(model(loss), Y["label"], classes(3))
    np.testing.assert_array_equal(labels, ONE_HOT if one_hot else Y["label"])


def test_a_regression_of_one_number_takes_the_number() -> None:
    assert labels_for(model("mse", width=1), Y["label"], classes(3)) is Y["label"]


def test_values_stay_as_they_are() -> None:
    values = np.ones((2, 3), np.float32)
    assert labels_for(model("categorical_crossentropy"), values, (Target(width=3),)) is values


@pytest.mark.parametrize("kind", [list, dict])
@pytest.mark.parametrize(
    "loss",
    [
        {"ink": "mse", "label": "categorical_crossentropy"},
        ["mse", "categorical_crossentropy"],
        "mse",
        {"ink": "mse", "label": keras.losses.CategoricalCrossentropy(from_logits=True)},
    ],
)
def test_several_outputs_take_what_their_own_loss_wants(kind: type, loss: object) -> None:
    labels = labels_for(two_outputs(kind, loss), Y, TARGETS)
    assert isinstance(labels, dict)
    assert sorted(labels) == ["ink", "label"]
    np.testing.assert_array_equal(labels["label"], ONE_HOT)
    assert labels["ink"] is Y["ink"]


def test_outputs_of_other_names_follow_the_order_of_the_targets() -> None:
    network = two_outputs(list, ["mse", "sparse_categorical_crossentropy"], ("first", "second"))
    labels = labels_for(network, Y, (INK, LABEL))
    assert isinstance(labels, dict)
    assert labels["first"] is Y["ink"]
    assert labels["second"] is Y["label"]
    said = network(X)
    assert compared(network, said, (INK, LABEL)) is said[0]
    assert labels_for(network, Y, (INK, LABEL), own_fit=True) == Y


@pytest.mark.parametrize("kind", [list, dict])
def test_the_compared_output_is_found_by_its_name(kind: type) -> None:
    network = two_outputs(kind, "mse")
    assert compared(network, network(X), TARGETS).shape == (2, 3)
    assert compared(network, network(X), TARGETS[::-1]).shape == (2, 2)
    assert (width_of(network, TARGETS, LABEL), width_of(network, TARGETS, INK)) == (3, 2)


def test_a_subclass_gives_a_dict() -> None:
    network = Subclass(lambda ink, label: {"ink": ink, "label": label})
    network.compile("sgd", {"ink": "mse", "label": "categorical_crossentropy"})
    assert compared(network, network(X), TARGETS).shape == (2, 3)
    np.testing.assert_array_equal(labels_for(network, Y, TARGETS)["label"], ONE_HOT)
    assert with_probabilities(network, TARGETS) is network


def test_an_only_output_may_have_a_name() -> None:
    network = keras.Model(given := keras.Input((2,)), {"label": keras.layers.Dense(3)(given)})
    network.compile("sgd", "mse")
    said = network(X)
    for y, target in ((Y["label"], classes(3)), ({"label": Y["label"]}, (LABEL,))):
        assert compared(network, said, target) is said["label"]
        np.testing.assert_array_equal(labels_for(network, y, target)["label"], ONE_HOT)
    assert labels_for(model("mse", 1), {"label": Y["label"]}, (LABEL,)) is Y["label"]
    assert labels_for(model("mse", 1), {"label": Y["label"]}, (LABEL,), own_fit=True) == {"label": Y["label"]}


@pytest.mark.parametrize(
    ("network", "targets", "message"),
    [
        (lambda: model("mse"), TARGETS,
         "The hypermodel's model has 1 output, the data have 2 to learn (label, ink): give it one for each."),
        (lambda: two_outputs(list, "mse"), classes(3),
         "The hypermodel's model has 2 outputs, the data have 1 to learn: give it one for each."),
        (lambda: two_outputs(list, "mse", ("ink", "other")), TARGETS,
         "The outputs of the hypermodel's model are ink, other, the data have label, ink to learn: "
         "let it return a dict {'label': ..., 'ink': ...}."),
        (lambda: two_outputs(dict, "mse", ("a", "b")), TARGETS,
         "The outputs of the hypermodel's model are a, b, the data have label, ink to learn: "
         "let it return a dict {'label': ..., 'ink': ...}."),
        (lambda: Subclass(lambda *parts: parts), TARGETS,
         "The outputs of the hypermodel's model are a list without names, the data have label, ink to learn: "
         "let it return a dict {'label': ..., 'ink': ...}."),
    ],
)  # fmt: skip
def test_other_outputs_than_the_data_have_are_refused(network: Any, targets: Any, message: str) -> None:
    built = network()
    with pytest.raises(UnfitModelError) as caught:
        compared(built, built(X), targets)
    assert str(caught.value) == message


def test_a_fit_of_the_users_own_may_learn_a_part() -> None:
    assert labels_for(model("mse"), Y, TARGETS, own_fit=True) is Y
    with pytest.raises(UnfitModelError, match="has 1 output"):
        labels_for(model("mse"), Y, TARGETS)


def test_outputs_that_say_something_of_each_class_or_all_values_fit() -> None:
    (two,), (three,) = classes(2), classes(3)
    assert fits((5, 3), three)
    assert fits((5, 1), two)
    assert not fits((5, 1), three)
    assert not fits((5, 4, 3), three)
    assert fits((5, 2), INK)
    assert not fits((5, 1), INK)
    assert not fits((5,), Target())


@pytest.mark.parametrize(
    ("loss", "width", "outputs", "chances"),
    [
        ("binary_crossentropy", 1, [[0.25]], [[0.75, 0.25]]),
        ("mse", 1, [[0.25]], [[0.75, 0.25]]),
        (lambda y, outputs: keras.ops.abs(y - outputs), 1, [[0.25]], [[0.75, 0.25]]),
        (None, 1, [[0.25]], [[0.75, 0.25]]),
        (keras.losses.BinaryCrossentropy(from_logits=True), 1, [[0.0]], [[0.5, 0.5]]),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), 3, [[0, 0, 1000]], [[0, 0, 1]]),
    ],
)
def test_outputs_become_probabilities(tmp_path: Path, loss: object, width: int, outputs: Any, chances: Any) -> None:
    """The model as it was trained takes part in the whole: weights loaded into one are in the other."""
    before, after = model(loss, width), model(loss, width)
    before.layers[0].set_weights([np.zeros((2, width)), np.array(outputs[0])])
    targets = classes(max(width, 2))
    with_probabilities(before, targets).save_weights(tmp_path / "whole.weights.h5")
    whole = with_probabilities(after, targets)
    whole.load_weights(tmp_path / "whole.weights.h5")
    x = np.ones((1, 2), np.float32)
    np.testing.assert_allclose(whole(x), chances, rtol=1e-6)
    np.testing.assert_allclose(after(x), outputs)


@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy", lambda y, outputs: keras.ops.square(y - outputs)])
def test_one_column_learns_the_label_of_each_example(loss: object) -> None:
    """Labels `(n,)` broadcast against outputs `(n, 1)` would compare each example with all the others."""
    network, labels = model(loss, 1), np.array([1, 0])
    network.layers[0].set_weights([np.array([[1], [0]]), np.zeros(1)])
    y = labels_for(network, labels, classes(2))
    assert network.evaluate(labels[:, None] * X, y, verbose=0) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("target", [*classes(3), Target()])
def test_one_column_of_anything_else_stays_alone(target: Target) -> None:
    network = model("binary_crossentropy", 1)
    assert with_probabilities(network, (target,)) is network


def test_a_model_with_probabilities_stays_as_it_is() -> None:
    network = model("sparse_categorical_crossentropy")
    assert with_probabilities(network, classes(3)) is network


@pytest.mark.parametrize("kind", [list, dict])
def test_of_several_outputs_those_of_classes_become_probabilities(tmp_path: Path, kind: type) -> None:
    """What is saved finds its outputs by name, with the values as they were."""
    logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network = two_outputs(kind, {"ink": "mse", "label": logits})
    whole = with_probabilities(network, TARGETS)
    whole.save(tmp_path / "whole.keras")
    loaded = keras.models.load_model(tmp_path / "whole.keras")
    said, before = loaded(X), network(X)
    assert sorted(said) == ["ink", "label"]
    np.testing.assert_allclose(said["ink"], compared(network, before, (INK, LABEL)), rtol=1e-6)
    chances = keras.ops.softmax(compared(network, before, TARGETS))
    np.testing.assert_allclose(compared(loaded, said, TARGETS), chances, rtol=1e-6)


def test_values_are_no_logits() -> None:
    network = model(keras.losses.BinaryCrossentropy(from_logits=True), 1)
    assert with_probabilities(network, (Target(),)) is network


def test_accuracy_and_log_loss_are_measured() -> None:
    chances = np.array([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]], np.float32)
    found = measured(chances, np.array([0, 1, 1]), *classes(2))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["loss"] == pytest.approx((np.log(2) + 0 - np.log(1e-7)) / 3)


def test_the_log_loss_is_of_shares_as_keras_takes_it() -> None:
    """Sigmoids a class need not add up to 1; without that, to be sure of every class would cost nothing."""
    said, labels = np.array([[0.9, 0.9, 0.9], [0.2, 0.1, 0.1]], np.float32), np.array([0, 0])
    expected = keras.losses.SparseCategoricalCrossentropy()(labels, said)
    assert measured(said, labels, *classes(3))["loss"] == pytest.approx(float(expected), rel=1e-5)
    assert measured(np.zeros((1, 4)), labels[:1], *classes(4))["loss"] == pytest.approx(np.log(4))


def test_errors_of_values_are_measured_in_double_precision() -> None:
    """scikit-learn measures the same; summed in single precision, a large error would swallow the small ones."""
    rng = np.random.default_rng(0)
    y = rng.normal(1000, 300, (5000, 2)).astype(np.float32)
    said = (y + rng.normal(0, 1e-2, y.shape)).astype(np.float32)
    said[0] = 1e6
    found = measured(said, y, INK)
    assert set(found) == {"mean_absolute_error", "mean_squared_error", "loss"}
    exact = (array.astype(np.float64) for array in (y, said))
    assert found["mean_absolute_error"] == pytest.approx(mean_absolute_error(*exact), rel=1e-12)
    exact = (array.astype(np.float64) for array in (y, said))
    assert found["mean_squared_error"] == found["loss"] == pytest.approx(mean_squared_error(*exact), rel=1e-12)
