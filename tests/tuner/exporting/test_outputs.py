"""What a model gives is exported as what it is: nothing is called a probability that is none."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_search.models.problem import Target
from keras_search.tuner.data import Dataset, dataset_of
from keras_search.tuner.exporting.agreement import agreement
from keras_search.tuner.exporting.card import certificate_table
from keras_search.tuner.exporting.certificate import Evidence, certify
from keras_search.tuner.exporting.export import export
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.probabilities import are_probabilities, named_as_they_are
from keras_search.tuner.exporting.subject import Subject
from keras_search.tuner.predicting.model_file import WrongModelError
from keras_search.tuner.predicting.predict import predict
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (100, 8, 8, 1)).astype(np.uint8)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([[0.25, 0.75], [1, 0]], True),
        ([[0.5, 0.5 + 5e-4], [1 - 5e-4, 0]], True),
        ([[-3.4, 4.4], [0.5, 0.5]], False),
        ([[0.9, 0.9], [0.1, 0.2]], False),
        ([[1.3, -0.3], [0.5, 0.5]], False),
        ([[np.nan, 1], [0.5, 0.5]], False),
        ([[0.2], [1]], False),
        ([0.2, 0.8], False),
    ],
)
def test_probabilities_lie_from_0_to_1_and_have_the_sum_1(said: list[object], expected: bool) -> None:
    found = np.array(said, np.float32)
    assert are_probabilities(found, found.shape[-1]) is expected


def test_an_output_is_named_as_what_it_is() -> None:
    kind, age, mask = Target("kind", ("a", "b")), Target("age"), Target("mask", shape=(4, 4))
    said = {"kind": np.array([[-3.4, 4.4]]), "age": np.array([[1950.0]]), "mask": np.zeros((1, 4, 4, 2))}
    assert named_as_they_are([kind, age, mask], said) == (
        Target("kind", shape=(2,)), age, Target("mask", shape=(4, 4, 2))
    )  # fmt: skip
    assert named_as_they_are([kind], {"kind": np.array([[0.4, 0.6]])}) == (kind,)


@pytest.mark.parametrize("shape", [(), (3,), (4, 4, 2)])
def test_outputs_of_any_shape_are_compared(shape: tuple[int, ...]) -> None:
    measured = RNG.normal(0, 10, (20, *shape)).astype(np.float32)
    target, truth = Target("", shape=shape), np.arange(20)
    assert agreement(target, measured + np.float32(2e-5), measured, truth).holds
    wrong = measured.copy()
    wrong[(3, *(-1 for _ in shape))] += 0.01
    found = agreement(target, wrong, measured, truth)
    assert found.largest_difference == pytest.approx(0.01, rel=0.01)
    assert not found.holds


def kept(root: Path, keep_study: Callable, data: Dataset, head: list[keras.Layer]) -> StudyFolder:  # type: ignore[type-arg]
    """Keep a study of a model of the user's own that begins with a rescaling."""
    study = StudyFolder(root / "studies" / "own")
    study.make()
    layers = [keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), *head]
    network = keras.Sequential(layers)
    network.save(study.model("tuned-seed0"))
    said = network.predict(data.x_test, verbose=0)
    settings = StudySettings.create(
        dataset="own.py:data", hypermodel="own.py:build", tuner="random", objective="val_loss", max_trials=1,
        compare_seeds=1,
    )  # fmt: skip
    keep_study(study, settings, data, lambda _: said)
    return study


def data_of(y: np.ndarray) -> Dataset:
    arrays = {"x_train": IMAGES[:70], "y_train": y[:70], "x_test": IMAGES[70:], "y_test": y[70:]}
    return dataset_of("own", arrays, own_view="as given")


LABELS = np.arange(100) % 3
OUTPUTS: dict[str, tuple[np.ndarray, list[keras.Layer], tuple[int, ...]]] = {
    "an image": (IMAGES / np.float32(255), [keras.layers.Conv2D(1, 3, padding="same")], (8, 8, 1)),
    "several classes at once": (
        RNG.integers(0, 2, (100, 4)), [keras.layers.Flatten(), keras.layers.Dense(4, "sigmoid")], (4,)
    ),
    "a class for each pixel": (
        RNG.integers(0, 3, (100, 8, 8)), [keras.layers.Conv2D(3, 3, padding="same", activation="softmax")], (8, 8, 3)
    ),
    "logits": (LABELS, [keras.layers.Flatten(), keras.layers.Dense(3)], (3,)),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("kind", list(OUTPUTS))
def test_every_format_gives_other_outputs_as_they_are(tmp_path: Path, kind: str, name: str) -> None:
    y, head, shape = OUTPUTS[kind]
    network, data = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), *head]), data_of(y)
    x = IMAGES[70:].astype(np.float32)
    said = {"": network(x).numpy()}
    targets = named_as_they_are(data.targets, said)
    assert targets == (Target("", shape=shape),)
    subject, format_ = Subject(network, targets, x), FORMATS[name]
    format_.write(subject, tmp_path / format_.file)
    evidence = Evidence(x, data.y_test, said, targets)
    found = certify(format_, tmp_path / format_.file, format_.load(tmp_path / format_.file), evidence)
    assert (found.accuracy, found.labels_agree, found.mean_absolute_error) == (None, None, None)
    assert found.largest_difference <= found.tolerance
    assert certificate_table([found]).head[3:5] == ("largest difference", "from files")


@pytest.mark.parametrize(("kind", "told"), [("an image", False), ("logits", True)])
def test_the_card_names_the_command_only_where_it_predicts(
    tmp_path: Path,
    keep_study: Callable,  # type: ignore[type-arg]
    kind: str,
    told: bool,
) -> None:
    y, head, _ = OUTPUTS[kind]
    export(kept(tmp_path, keep_study, data_of(y), head), tmp_path / "out", ["keras"])
    assert ("predict FOLDER" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")) is told


@pytest.mark.parametrize("kind", ["logits", "several classes at once"])
def test_other_outputs_are_described_as_what_they_are(tmp_path: Path, keep_study: Callable, kind: str) -> None:  # type: ignore[type-arg]
    y, head, shape = OUTPUTS[kind]
    exported = export(kept(tmp_path, keep_study, data_of(y), head), tmp_path / "out", ["onnx"])
    details = json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))
    (output,) = details["outputs"]
    assert (output["shape"], output["class_names"], output["other"]) == (list(shape), [], True)
    assert "test_accuracy_interval" not in details["metrics"]
    assert exported.certificates[0].from_files == 30
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "the output of the model, as it is" in card
    assert "probability for each" not in card


def test_what_is_no_probability_is_never_called_so_in_a_prediction(tmp_path: Path, keep_study: Callable) -> None:  # type: ignore[type-arg]
    from PIL import Image

    Image.fromarray(IMAGES[0, ..., 0]).save(tmp_path / "image.png")
    study = kept(tmp_path, keep_study, data_of(LABELS), OUTPUTS["logits"][1])
    export(study, tmp_path / "out", ["keras"])
    (found,) = predict(tmp_path / "out", [tmp_path / "image.png"]).predictions
    assert (found.class_names, found.predicted.shape) == ((), (3,))
    with pytest.raises(WrongModelError, match="returns numbers that are not probabilities"):
        predict(study.model("tuned-seed0"), [tmp_path / "image.png"])
