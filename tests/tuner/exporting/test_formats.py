"""Each format on models that are hard to export."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_search.models.problem import Target
from keras_search.tuner.data import Columns, Tree
from keras_search.tuner.data.encoding import fit_encoding
from keras_search.tuner.data.tree import Array, leaves, take
from keras_search.tuner.exporting import keras_file
from keras_search.tuner.exporting.agreement import TOLERANCE
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.runtime import BrokenModelError, UnfitFormatError
from keras_search.tuner.exporting.subject import Subject

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
ALL = pytest.mark.parametrize("name", list(FORMATS))


@pytest.fixture(scope="module")
def awkward() -> keras.Model:
    """Give a network with random shifts, and activations that tf2onnx does not know of itself."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Reshape((8, 8, 1)),
            layers.RandomTranslation(0.3, 0.3),
            layers.RandomRotation(0.2),
            layers.Conv2D(4, 3, padding="same", activation="gelu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(8, activation="celu"),
            layers.Dense(8, activation="silu"),
            layers.Dense(3, activation="softmax"),
        ]
    )


def check(subject: Subject, raw: Tree, expected: Tree, name: str, folder: Path) -> dict[str, tuple[int | None, ...]]:
    """Write and load a model, compare what it says in batches of any size, run the card's code, give its inputs."""
    format_ = FORMATS[name]
    path = folder / format_.file
    format_.write(subject, path)
    runtime = format_.load(path)
    for size in (7, 1, 3):
        found, wanted = leaves(runtime.run(take(raw, slice(size)))), leaves(take(expected, slice(size)))
        assert found.keys() == wanted.keys()
        for output in wanted:
            np.testing.assert_allclose(found[output], wanted[output], atol=TOLERANCE)
    return dict(runtime.inputs)


@ALL
def test_a_model_with_random_layers_infers_alike_in_batches_of_any_size(
    awkward: keras.Model, tmp_path: Path, name: str
) -> None:
    x = np.random.default_rng(0).random((7, 8, 8), np.float32)
    subject = Subject(awkward, (Target("", ("a", "b", "c")),), x)
    inputs = check(subject, x, awkward(x, training=False).numpy(), name, tmp_path)
    assert list(inputs.values()) == [(8, 8)]


def rows() -> dict[str, Array]:
    """Give rows with numbers far from 0 and missing, and texts in several alphabets."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(1000, 3, (200, 3)).astype(np.float32)
    numbers[rng.random(numbers.shape) < 0.2] = np.nan
    texts = [rng.choice(["", "a", "[other]", "ü x", "日本"], 200), rng.choice([f"c{i}" for i in range(150)], 200)]
    return {"numbers": numbers, "texts": np.stack(texts, axis=1)}


@ALL
@pytest.mark.parametrize(("numbers", "texts"), [(3, 2), (3, 0), (0, 2)])
def test_a_table_goes_in_as_raw_rows(tmp_path: Path, name: str, numbers: int, texts: int) -> None:
    x = {"numbers": rows()["numbers"][:, :numbers], "texts": rows()["texts"][:, :texts]}
    encoding = fit_encoding(x, Columns(tuple("abc")[:numbers], tuple("de")[:texts], "y"))
    x["texts"][1::5] = "new"
    layers = keras.layers
    network = keras.Sequential([keras.Input((encoding.width,)), layers.Dense(8, "gelu"), layers.Dense(1)])
    encoded = encoding.apply(x)
    subject = Subject(network, (Target(""),), encoded, encoding)
    inputs = check(subject, x, network(encoded).numpy(), name, tmp_path)
    assert inputs == {part: (width,) for part, width in (("numbers", numbers), ("texts", texts)) if width}


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "litert"])
def test_numbers_far_from_0_go_in_and_come_out_in_float64(tmp_path: Path, name: str) -> None:
    """Seconds a second apart, which float32 cannot tell apart, and values 30 apart in thousands of millions."""
    x = {"numbers": 1.75e9 + np.arange(200.0)[:, None], "texts": np.empty((200, 0), np.str_)}
    encoding = fit_encoding(x, Columns(("a",), (), "y"))
    network = keras.Sequential([keras.Input((encoding.width,)), keras.layers.Dense(1, kernel_initializer="ones")])
    encoded, target = encoding.apply(x), Target("", offset=(1.75e9,))
    format_, path = FORMATS[name], tmp_path / FORMATS[name].file
    format_.write(Subject(network, (target,), encoded, encoding), path)
    said = format_.load(path).run({"numbers": encoding.raw(x)["numbers"]})
    assert isinstance(said, np.ndarray)
    assert said.dtype == np.float64
    assert len(np.unique(said)) == 200
    np.testing.assert_allclose(said - 1.75e9, network(encoded).numpy(), atol=1e-6)


def test_litert_refuses_what_it_cannot_tell_apart(tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    subject = Subject(network, (Target("", offset=(1.75e9,)),), np.zeros((1, 2), np.float32))
    with pytest.raises(UnfitFormatError, match="litert has no 64-bit numbers"):
        FORMATS["litert"].write(subject, tmp_path / "model.tflite")


@ALL
@pytest.mark.parametrize("as_dict", [True, False])
def test_several_inputs_and_outputs_have_names(tmp_path: Path, name: str, as_dict: bool) -> None:
    rng, layers = np.random.default_rng(0), keras.layers
    x = {"left image": rng.random((7, 4), np.float32), "_word": rng.integers(0, 9, (7, 2)).astype(np.int32)}
    inputs = {
        "left image": keras.Input((4,), name="left image"),
        "_word": keras.Input((2,), dtype="int32", name="_word"),
    }
    words = layers.Flatten()(layers.Embedding(9, 2)(inputs["_word"]))
    joined = layers.Concatenate()([layers.Dense(3)(inputs["left image"]), words])
    kind, age = layers.Dense(3, "softmax", name="kind")(joined), layers.Dense(1, name="age")(joined)
    given, said = (inputs, {"kind": kind, "age": age}) if as_dict else ([*inputs.values()], [age, kind])
    network = keras.Model(given, said)
    expected = {"kind": keras.Model(given, kind)(x).numpy(), "age": keras.Model(given, age)(x).numpy()}
    targets = (Target("kind", ("a", "b", "c")), Target("age"))
    found = check(Subject(network, targets, x), x, expected, name, tmp_path)
    assert found == {"left_image": (4,), "x_word": (2,)}


@ALL
def test_names_that_would_become_one_stay_apart(tmp_path: Path, name: str) -> None:
    rng, layers = np.random.default_rng(0), keras.layers
    x = {given: rng.random((7, 2), np.float32) for given in ("高", "宽", "Size", "size")}
    inputs = {given: keras.Input((2,), name=given) for given in x}
    joined = layers.Concatenate()([*inputs.values()])
    said = {output: layers.Dense(width, name=output)(joined) for output, width in (("a.b", 3), ("a-b", 1))}
    network = keras.Model(inputs, said)
    expected = {safe: network(x)[output].numpy() for safe, output in (("a_b", "a-b"), ("a_b_2", "a.b"))}
    targets = (Target("a.b", width=3), Target("a-b"))
    found = check(Subject(network, targets, x), x, expected, name, tmp_path)
    assert set(found) == {"x_", "x__2", "Size", "size_2"}


@ALL
def test_a_broken_file_is_told_on_one_line(tmp_path: Path, name: str) -> None:
    format_ = FORMATS[name]
    path = tmp_path / format_.file
    if name == "saved-model":
        path.mkdir()
        (path / "saved_model.pb").write_bytes(b"\xff not a model")
    else:
        path.write_bytes(b"not a model")
    with pytest.raises(BrokenModelError, match=rf"{format_.file} cannot be loaded by \w+: ") as raised:
        format_.load(path)
    assert "\n" not in str(raised.value)


def test_a_layer_of_ones_own_is_named(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable(package="thesis")
    class Doubling(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: object) -> object:
            return inputs * 2  # type: ignore[operator]

    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), Doubling(), keras.layers.Dense(3)])
    subject = Subject(model, (Target("", width=3),), np.zeros((1, 8, 8), np.float32))
    message = r"holds ordinary Keras layers only, the model has .*thesis>Doubling as well"
    with pytest.raises(UnfitFormatError, match=message):
        keras_file.write(subject, tmp_path / "model.keras")


def test_code_inside_a_file_is_refused(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Lambda(lambda x: x * 2)])
    path = tmp_path / "model.keras"
    model.save(path)
    assert "a lambda" in keras_file.foreign_objects(path)
    with pytest.raises(BrokenModelError, match="cannot be loaded by Keras"):
        keras_file.load(path)
