"""Data from a user's own function: every form it may return, and one clear line for what it may not."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_search.errors import TaskError, UsageError
from keras_search.tuner.data import Dataset, Source
from keras_search.tuner.data.fitness import unfit_for_builtin
from keras_search.tuner.data.function import read_function

Read = Callable[..., Dataset]
ARRAYS = """
import numpy as np
x = np.arange(48, dtype=np.float32).reshape(6, 8)
y = np.array([0, 1, 2, 0, 1, 2])
words = np.array(["b", "a", "c"])[y]
"""
TENSORS = (
    ARRAYS
    + """
import tensorflow as tf
both = tf.data.Dataset.from_tensor_slices((x, y))
"""
)


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the path and the modules as they were."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("keras_search_user_") or name == "helping":
            del sys.modules[name]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Give a function that reads what `load` returns, given the expression it returns and what stands before it."""

    def read(expression: str, before: str = ARRAYS, **options: Any) -> Dataset:
        (tmp_path / "own.py").write_text(f"{before}\ndef load():\n    return {expression}\n", "utf-8")
        spec = f"{tmp_path}/own.py:load"
        return read_function(spec, Source(spec, **options))

    return read


@pytest.fixture
def refused(read: Read, tmp_path: Path) -> Callable[..., str]:
    """Give a function that gives the message, with the function's own name as SPEC."""

    def refused(expression: str, before: str = ARRAYS, **options: Any) -> str:
        with pytest.raises(UsageError) as caught:
            read(expression, before, **options)
        message = str(caught.value)
        assert "\n" not in message
        return message.replace(f"{tmp_path}/own.py:load", "SPEC").replace(f"{tmp_path}/", "")

    return refused


X, Y = np.arange(48, dtype=np.float32).reshape(6, 8), np.array([0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        ("x, y", ARRAYS),
        ("[x, y]", ARRAYS),
        ("x.tolist(), y.tolist()", ARRAYS),
        ("x, y[:, None]", ARRAYS),
        ("x, pandas.Series(y)", ARRAYS + "import pandas"),
        ("dict(x_train=x, y_train=y)", ARRAYS),
        ("dict(x_train=x, y_train=y, x_test=None, y_test=None, class_names=None)", ARRAYS),
        ("tf.constant(x), tf.constant(y)", TENSORS),
        ("both", TENSORS),
        ("both.batch(4)", TENSORS),
        ("both.batch(3, drop_remainder=True).prefetch(2)", TENSORS),
        ("both.batch(1)", TENSORS),
        ("tf.data.Dataset.from_generator(lambda: zip(x, y), (tf.float32, tf.int64))", TENSORS),
        (
            "tf.data.Dataset.from_generator(lambda: ((x[i:i+4], y[i:i+4]) for i in (0, 4)), (tf.float32, tf.int64))",
            TENSORS,
        ),
    ],
)
def test_every_form_of_training_data_gives_the_same(read: Read, expression: str, before: str) -> None:
    dataset = read(expression, before)
    assert dataset.name == "own"
    assert np.array_equal(dataset.x_train, X)
    assert np.array_equal(dataset.y_train, Y)
    assert dataset.class_names == ("0", "1", "2")
    assert len(dataset.x_test) == len(dataset.y_test) == 0


@pytest.mark.parametrize(
    "expression",
    [
        "pairs.batch(4)",
        "pairs.batch(3, drop_remainder=True).prefetch(2).map(lambda x, y: (x, y))",
        "pairs.batch(3, drop_remainder=True, num_parallel_calls=2)",
        "pairs.padded_batch(2, drop_remainder=True).take(9)",
        "tf.data.Dataset.zip(*(pairs.map(lambda x, y: x).batch(3, drop_remainder=True),) * 2)",
        "tf.data.Dataset.from_tensors((x, x))",
        "tf.data.Dataset.from_generator(lambda: ((x[i:i+4], x[i:i+4]) for i in (0, 4)), (tf.float32, tf.float32))",
    ],
)
def test_batches_are_told_by_how_they_were_made(read: Read, expression: str) -> None:
    dataset = read(expression, TENSORS + "pairs = both.map(lambda x, y: (x, x))\n", task="regression")
    assert np.array_equal(dataset.x_train, X)
    assert np.array_equal(dataset.y_train, X)


@pytest.mark.parametrize(
    "expression",
    [
        "pairs",
        "pairs.shuffle(3).prefetch(2)",
        "pairs.batch(2).unbatch()",
        "pairs.batch(2).flat_map(lambda *pair: tf.data.Dataset.from_tensor_slices(pair))",
        "tf.data.Dataset.from_generator(lambda: zip(x, x), (tf.float32, tf.float32))",
    ],
)
def test_what_may_be_batches_or_examples_is_asked_about(refused: Callable[..., str], expression: str) -> None:
    assert refused(expression, TENSORS + "pairs = both.map(lambda x, y: (x, x))\n", task="regression") == (
        "The elements of the dataset of SPEC may be batches of 8 or single examples: all their tensors begin with 8. "
        "Add .batch(32) if they are examples, .unbatch().batch(32) if they are batches."
    )


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        ("(x[:4], y[:4]), (x[4:], y[4:])", ARRAYS),
        ("dict(x_train=x[:4], y_train=y[:4], x_test=x[4:], y_test=y[4:])", ARRAYS),
        ("both.take(4), both.skip(4)", TENSORS),
        ("both.take(4).batch(3), both.skip(4).batch(3)", TENSORS),
    ],
)
def test_every_form_of_training_and_test_data_gives_the_same(read: Read, expression: str, before: str) -> None:
    dataset = read(expression, before)
    assert np.array_equal(dataset.x_train, X[:4])
    assert np.array_equal(dataset.y_train, Y[:4])
    assert np.array_equal(dataset.x_test, X[4:])
    assert np.array_equal(dataset.y_test, Y[4:])


def test_two_lists_are_x_and_y_and_no_splits(read: Read) -> None:
    dataset = read("[[[1.0, 2.0], [3.0, 4.0]], [0, 1]]")
    assert dataset.x_train.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("before", [ARRAYS, TENSORS])
def test_inputs_and_outputs_by_name(read: Read, before: str) -> None:
    expression = "dict(left=x[:, :3], right=x[:, 3:]), dict(kind=words, amount=x[:, 0] / 7)"
    dataset = read(expression if before == ARRAYS else f"tf.data.Dataset.from_tensor_slices(({expression}))", before)
    assert {name: array.shape for name, array in dataset.x_train.items()} == {"left": (6, 3), "right": (6, 5)}
    assert dataset.y_train["kind"].tolist() == [1, 0, 2, 1, 0, 2]
    assert dataset.y_train["amount"].shape == (6, 1)
    assert [(target.name, target.class_names, target.width) for target in dataset.targets] == [
        ("kind", ("a", "b", "c"), 1),
        ("amount", (), 1),
    ]


def test_values_to_predict(read: Read) -> None:
    dataset = read("x, x[:, :2] / 7")
    assert dataset.y_train.shape == (6, 2)
    assert not dataset.target.classifies
    assert read("x, y", task="regression").y_train.dtype == np.float32


WORDS = ("words", "words.tolist()", "words.astype('S')", "words[:, None]", "pandas.Categorical(words)")


@pytest.mark.parametrize("y", WORDS)
def test_text_names_classes_in_the_order_of_the_alphabet(read: Read, y: str) -> None:
    dataset = read(f"x, {y}", ARRAYS + "import pandas")
    assert dataset.class_names == ("a", "b", "c")
    assert dataset.y_train.tolist() == [1, 0, 2, 1, 0, 2]


def test_text_of_tensors(read: Read) -> None:
    dataset = read("tf.data.Dataset.from_tensor_slices((x, words)).batch(4)", TENSORS)
    assert dataset.class_names == ("a", "b", "c")
    assert dataset.y_train.tolist() == [1, 0, 2, 1, 0, 2]


def test_class_names_set_the_order(read: Read) -> None:
    dataset = read("dict(x_train=x, y_train=words, x_test=x[:1], y_test=words[:1], class_names=['c', 'b', 'a'])")
    assert dataset.class_names == ("c", "b", "a")
    assert dataset.y_train.tolist() == [1, 2, 0, 1, 2, 0]
    assert dataset.y_test.tolist() == [1]
    assert read("dict(x_train=x, y_train=y, class_names=('r', 'g', 'b'))").class_names == ("r", "g", "b")


def test_class_names_of_several_outputs(read: Read) -> None:
    outputs = "dict(x_train=x, y_train=dict(kind=y, size=words), class_names=dict(kind=['r', 'g', 'b']))"
    assert [target.class_names for target in read(outputs).targets] == [("r", "g", "b"), ("a", "b", "c")]


def test_a_folder_of_images_as_keras_reads_it(read: Read, tmp_path: Path) -> None:
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for place in range(3):
            Image.new("RGB", (8, 8), (place * 100, 0, 0)).save(tmp_path / "images" / name / f"{place}.png")
    place = tmp_path / "images"
    keras = f"keras.utils.image_dataset_from_directory({str(place)!r}, image_size=(8, 8), batch_size=4, verbose=False)"
    dataset = read(keras, "import keras")
    assert dataset.class_names == ("cat", "dog")
    assert dataset.x_train.shape == (6, 8, 8, 3)
    assert sorted(dataset.y_train.tolist()) == [0, 0, 0, 1, 1, 1]


def test_what_it_prints_goes_to_stderr(read: Read, capsys: pytest.CaptureFixture[str]) -> None:
    read("print('reading') or (x, y)", ARRAYS + "print('importing')")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "importing\nreading\n"


def test_its_own_imports_resolve(read: Read, tmp_path: Path) -> None:
    (tmp_path / "helping.py").write_text(ARRAYS)
    assert np.array_equal(read("helping.x, helping.y", "import helping").x_train, X)


EXPECTED = (
    "SPEC must return (x, y), (train, test) or (train, validation, test) of such pairs, or of (x, y, weights); a dict "
    "with x_train, y_train and, optionally, x_val, y_val, x_test, y_test, sample_weight, class_names; or tf.data "
    "datasets, PyDatasets or generators in place of pairs; or a DataFrame, with --target; received"
)
WRONG = {
    "None": f"{EXPECTED} nothing.",
    "x": f"{EXPECTED} a ndarray.",
    "x, y, x": "sample_weight of SPEC must be a weight for each example, shape (6,), received (6, 8).",
    "x, y, -y": "sample_weight of SPEC must be finite and 0 or more, received -1 at index 1.",
    "[x] * 5": f"{EXPECTED} a list of 5 (ndarray, ndarray, ndarray, ndarray, ...).",
    "dict(image=x, label=y)": f"{EXPECTED} a dict with image, label.",
    "dict(x_train=x, y_train=y, x_test=x)": f"{EXPECTED} a dict with x_train, y_train, x_test.",
    "{}": f"{EXPECTED} a dict with nothing.",
    "np.array([x[0], x[0, :3]] * 3, object), y":
        "x_train of SPEC must hold examples of one shape, received ragged ones: pad or cut them to one length.",
    "x, map(int, y)": "y_train of SPEC must be an array, received a map.",
    "[[1, 2], [3]], [0, 1]": "x_train of SPEC must be an array with examples of one shape, received a list.",
    "x, {}": "y_train of SPEC must hold arrays by name, received an empty dict.",
    "dict(a=x, b=None), y": "'b' in x_train of SPEC must be an array, received a NoneType.",
    "x, [0, 'a', None, 0, 0, 0]":
        "y_train of SPEC must be numbers or text, received an array of NoneType, int, str.",
    "x, [b'\\xff'] * 6": "y_train of SPEC must be numbers or text in UTF-8, received other bytes.",
    "x, y[:5]": "x_train and y_train of SPEC must have the same length, received 6 examples and 5 labels.",
    "(x, words), (x, ['a'] * 5 + ['z'])": "y_test of SPEC must hold only the classes a, b, c, received 'z'.",
    "(x, words), (x, y)": "y_test of SPEC must hold only the classes a, b, c, received '0'.",
    "dict(x_train=x, y_train=words, class_names=['a', 'b'])":
        "y_train of SPEC must hold only the classes a, b, received 'c'.",
    "dict(x_train=x, y_train=y, class_names=dict(kind=['a']))":
        "class_names of SPEC must be a list, received a dict with kind.",
    "dict(x_train=x, y_train=dict(kind=y), class_names=dict(sort=['a']))":
        "class_names of SPEC must be a list, or a dict with the outputs kind, received a dict with sort.",
}  # fmt: skip


@pytest.mark.parametrize("expression", WRONG)
def test_what_it_may_not_return(refused: Callable[..., str], expression: str) -> None:
    assert refused(expression) == WRONG[expression]


def test_values_that_are_not_finite_are_for_models_of_the_users_own(read: Read) -> None:
    dataset = read("x / 0, y", "import numpy; numpy.seterr(all='ignore')" + ARRAYS)
    assert str(unfit_for_builtin(dataset)).startswith(
        "The built-in networks take finite numbers, 48 of 48 in x_train are NaN or infinite."
    )


WRONG_TENSORS = {
    "both.repeat()":
        "the dataset of SPEC must have an end, received one without: leave out repeat(), or add take(n).",
    "both.take(4), both.skip(4).repeat()":
        "the test dataset of SPEC must have an end, received one without: leave out repeat(), or add take(n).",
    "both.take(0)": "the dataset of SPEC must hold examples, received none.",
    "tf.data.Dataset.from_generator(lambda: [], (tf.float32, tf.int64))":
        "the dataset of SPEC must hold examples, received none.",
    "both.map(lambda x, y: x)":
        "The elements of the dataset of SPEC must be (x, y) or (x, y, weights), received a TensorSpec.",
    "both.map(lambda x, y: (x, y, 1.0, 1.0))":
        "The elements of the dataset of SPEC must be (x, y) or (x, y, weights), received a tuple of 4.",
    "both.map(lambda x, y: ((x, x), y))":
        "Several inputs or outputs of the dataset of SPEC must be a dict by name, received a tuple.",
    "both.map(lambda x, y: (tf.RaggedTensor.from_tensor(x[None]), y))":
        "the dataset of SPEC must hold dense tensors, received a RaggedTensorSpec. Pad ragged ones with to_tensor(), "
        "fill sparse ones with tf.sparse.to_dense().",
    "both.map(lambda x, y: (x[: y + 1], y))":
        "The examples of the dataset of SPEC must have one shape: pad or resize them, for instance by padded_batch().",
    "both.map(lambda x, y: (x[: y + 1], y)).padded_batch(2)":
        "The examples of the dataset of SPEC must have one shape: pad or resize them, for instance by padded_batch().",
}  # fmt: skip


@pytest.mark.parametrize("expression", WRONG_TENSORS)
def test_what_a_tf_dataset_may_not_be(refused: Callable[..., str], expression: str) -> None:
    assert refused(expression, TENSORS) == WRONG_TENSORS[expression]


def test_an_error_of_its_own_shows_its_own_frames(read: Read, tmp_path: Path) -> None:
    before = "def halve(value):\n    return value / 0\n"
    with pytest.raises(TaskError) as caught:
        read("halve(3)", before)
    assert str(caught.value) == "ZeroDivisionError: division by zero"
    file, lines = tmp_path / "own.py", caught.value.details.splitlines()
    assert [line for line in lines if set(line) - set(" ~^")] == [
        f'  File "{file}", line 5, in load',
        "    return halve(3)",
        f'  File "{file}", line 2, in halve',
        "    return value / 0",
    ]


def test_a_function_inside_a_tf_dataset_that_fails(read: Read) -> None:
    with pytest.raises(TaskError, match="InvalidArgumentError"):
        read("both.map(lambda x, y: (tf.debugging.check_numerics(x / 0, 'no'), y))", TENSORS)


def test_an_exit_and_a_failing_import_are_errors_too(read: Read, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="SystemExit: 3"):
        read("x, y", "import sys; sys.exit(3)")
    (tmp_path / "helping.py").write_text("def broken(\n")
    with pytest.raises(TaskError, match=r"SyntaxError: '\(' was never closed \(helping.py, line 1\)") as caught:
        read("x, y", "import helping")
    assert "own.py" in caught.value.details


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No file own.py. Check the path of FILE.py:FUNCTION."),
        ("def load()\n", "own.py, line 1: expected ':'. Correct it and start again."),
        ("import os\ndef one(): ...\ndef two(): ...\ndef _three(): ...\n",
         "own.py has no 'load'. It defines one, two."),
        ("", "own.py has no 'load'. It defines no function and no class."),
        ("load = 3\n", "own.py:load must be a function without arguments, it is of type int."),
        ("def load(path, *, size, more=3): ...\n",
         "own.py:load must work without arguments, it requires path, size: give them defaults."),
    ],
)  # fmt: skip
def test_no_function_to_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "own.py").write_text(content)
    with pytest.raises(UsageError) as caught:
        read_function("own.py:load", Source("own.py:load"))
    assert str(caught.value) == message


def test_options_that_do_not_apply(refused: Callable[..., str]) -> None:
    assert refused("x, y", image_size=32) == "--image-size is for folders of images, SPEC is not one."
    assert refused("x, words", task="regression") == "y_train of SPEC must be numbers, received <U1."


FRAME = """
import numpy as np, pandas as pd
n = np.arange(60)
rows = pd.DataFrame({"age": n % 17, "job": ["nurse", "cook", "clerk"] * 20, "day": pd.date_range("2022", periods=60)})
labels = pd.Series(["a", "b"] * 30, name="kind")
whole = rows.assign(kind=labels)
"""


@pytest.mark.parametrize(
    ("expression", "options", "sizes"),
    [
        ("whole", {"target": "kind"}, (60, None, 0)),
        ("rows, labels", {}, (60, None, 0)),
        ("{'x_train': rows, 'y_train': labels}", {"drop": ("age",)}, (60, None, 0)),
        ("(rows[:40], labels[:40]), (rows[40:], labels[40:])", {}, (40, None, 20)),
        ("(rows[:30], labels[:30]), (rows[30:40], labels[30:40]), (rows[40:], labels[40:])", {}, (30, 10, 20)),
    ],
)
def test_a_dataframe_of_more_than_numbers_is_a_table(
    read: Read, expression: str, options: dict[str, Any], sizes: tuple[int, int | None, int]
) -> None:
    """As it is where it is passed from Python; the options of tables apply."""
    dataset = read(expression, FRAME, **options)
    assert dataset.columns is not None
    assert (dataset.name, dataset.columns.target) == ("own", "kind")
    assert dataset.columns.texts == ("job",)
    assert ("age" in dataset.columns.numbers) == ("drop" not in options)
    assert dataset.class_names == ("a", "b")
    val = None if dataset.y_val is None else len(dataset.y_val)
    assert (len(dataset.y_train), val, len(dataset.y_test)) == sizes


def test_a_dataframe_of_numbers_alone_is_an_array(read: Read) -> None:
    dataset = read("rows[['age']], n % 2", FRAME)
    assert dataset.columns is None
    assert dataset.x_train.shape == (60, 1)


def test_what_does_not_go_with_a_dataframe(refused: Callable[..., str]) -> None:
    assert refused("whole", FRAME) == (
        "--target must name the column of SPEC to predict, received none. It has: 'age', 'job', 'day', 'kind'."
    )
    assert refused("rows, labels, np.ones(60)", FRAME) == (
        "sample_weight is for arrays, and x_train of SPEC is a table, a DataFrame with more than numbers: leave it "
        "out, or return numbers."
    )
    assert refused("{'x_train': rows, 'y_train': labels, 'class_names': ['a', 'b']}", FRAME).startswith(
        "class_names is"
    )
    assert refused("rows[['age']], n % 2", FRAME, group="age") == (
        "--group is for tables, such as .csv files; SPEC is not one."
    )
    assert refused("(rows[:40], labels[:40]), (rows[['age']][40:], labels[40:])", FRAME) == (
        "x_test lacks the column 'job' that x_train has."
    )
