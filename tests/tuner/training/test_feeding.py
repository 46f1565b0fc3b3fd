"""Examples that count as large train, measure and predict to the same bits as those that are held in memory."""

from typing import Any

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_search.tuner.system import memory
from keras_search.tuner.training import engine as epochs_of
from keras_search.tuner.training import feeding
from keras_search.tuner.training.compiled import program as programs
from keras_search.tuner.training.engine import COMPILED, KERNELS, MODEL_FIT, EpochRunner, predict
from keras_search.tuner.training.outputs import evaluated

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
BATCH = 32
PLAIN = "keras_search.tuner.training.kernels.program"


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give two data sets of digits that are mapped from files, with weights; the last batch of 300 holds 12."""
    folder = tmp_path_factory.mktemp("mapped")
    images, labels = load_digits(return_X_y=True)
    arrays = {
        "x": (images / 16).astype("f4"),
        "y": labels.astype("i8"),
        "w": np.linspace(0.5, 2, len(labels), dtype="f4"),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    opened = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in arrays]
    return tuple(each[:300] for each in opened), tuple(each[300:500] for each in opened)


def network(engine: str) -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((64,)), keras.layers.Dense(16), keras.layers.BatchNormalization()]
    layers += [keras.layers.Activation("relu"), keras.layers.Dropout(0.3)]
    model = keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")])
    how = {"metrics": ["accuracy"]} if engine == KERNELS else {"weighted_metrics": ["accuracy"]}
    model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=engine == MODEL_FIT, **how)
    return model


def trained(data: Any, engine: str, epochs: int) -> tuple[Any, ...]:
    """Train two epochs, and return all that comes of it."""
    fit, validation = data
    model = network(engine)
    runner = EpochRunner(model, fit, validation, BATCH, epochs, kernels=engine == KERNELS)
    assert runner.engine == engine
    logs = [runner.run(5, number) for number in (1, 2)]
    weights = [variable.numpy().tobytes() for variable in (*model.variables, *model.optimizer.variables)]
    return logs, weights, evaluated(model, validation, BATCH), predict(model, validation[0]).tobytes()


@pytest.mark.parametrize(
    ("engine", "epochs", "rows"),
    [(KERNELS, 1, 300), (COMPILED, 1, 300), (COMPILED, 10_000, 300), (MODEL_FIT, 1, 300)],
    ids=["kernels", "graph", "xla", "fit"],
)
def test_large_examples_train_to_the_same_bits(
    engine: str, epochs: int, rows: int, mapped: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are passed in parts of a few steps, the last of which is shorter."""
    monkeypatch.setattr(epochs_of, "_on_one_core", lambda: True)
    modules = [(programs, 64 * 4 + 12), (feeding, 64 * 4 + 12)]
    if engine == KERNELS:
        modules += [(pytest.importorskip(PLAIN, exc_type=ImportError), 64 * 4)]
    data = tuple(tuple(each[:rows] for each in part) for part in mapped)
    expected = trained(data, engine, epochs)
    monkeypatch.setenv(memory.OVERRIDE, "1")
    for module, of_each in modules:
        monkeypatch.setattr(module, "PIECE", 4 * BATCH * of_each)
    held = len(programs._DEVICE_ARRAYS)
    assert trained(data, engine, epochs) == expected
    assert len(programs._DEVICE_ARRAYS) == held, "nothing more was copied as a whole"
