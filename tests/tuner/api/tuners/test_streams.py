"""Searches whose data or callbacks cannot leave the script's process: streams, and what shares a list with it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # whole searches, each in a script

SCRIPT = """
import json, os, sys
import keras, numpy as np, tensorflow as tf
from keras_search import kt

rng = np.random.default_rng(0)
x = rng.normal(size=(96, 4)).astype("float32"); y = (x[:, 0] > 0).astype("int64")
seen, pids = [], []

def build(hp):
    pids.append(os.getpid())
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(hp.Choice("units", [2, 4, 8])),
                              keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def batches():
    place = 0
    while True:
        yield x[place:place + 16], y[place:place + 16]
        place = (place + 16) % 96

class Batches(keras.utils.PyDataset):
    def __len__(self): return 6
    def __getitem__(self, i): return x[i * 16:i * 16 + 16], y[i * 16:i * 16 + 16]

data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
held_out = {"validation_data": (x[:32], y[:32]), "verbose": 0}
record = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
kinds = {
    "tf.data": ([data], {"validation_data": data, "verbose": 0}),
    "generator": ([batches()], {"steps_per_epoch": 6, **held_out}),
    "PyDataset": ([Batches()], held_out),
    "callback": ([x, y], {"callbacks": [record], **held_out}),
}
found = {}
for kind, (args, kwargs) in kinds.items():
    pids.clear()
    tuner = kt.RandomSearch(build, "val_accuracy", max_trials=2, directory="here", project_name=kind, workers=1)
    tuner.search(*args, epochs=2, **kwargs)
    model = tuner.get_best_models()[0]
    found[kind] = {
        "epochs": list(tuner.trials()["epochs"]),
        "built here": len(pids) > 1,
        "notes": tuner.study.report_data().seen,
        "score": tuner.oracle.get_best_trials()[0].score,
        "best": model.evaluate(data if kind == "tf.data" else x[:32], None if kind == "tf.data" else y[:32],
                               verbose=0)[1],
    }
print("FOUND", json.dumps({"seen": seen, "kinds": found}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("streams")
    (folder / "script.py").write_text(SCRIPT, "utf-8")
    done = subprocess.run([sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert lines, done.stderr[-3000:]
    given: dict[str, Any] = json.loads(lines[0].removeprefix("FOUND "))
    return given


@pytest.mark.parametrize("kind", ["tf.data", "generator", "PyDataset", "callback"])
def test_each_trial_has_its_epochs_and_the_best_model_its_score(found: dict[str, Any], kind: str) -> None:
    assert found["kinds"][kind]["epochs"] == [2, 2]
    assert found["kinds"][kind]["best"] == pytest.approx(found["kinds"][kind]["score"], abs=1e-6)


def test_what_can_be_sent_is_trained_on_by_workers_and_the_rest_here(found: dict[str, Any]) -> None:
    built_here = {kind: each["built here"] for kind, each in found["kinds"].items()}
    assert built_here == {"tf.data": True, "generator": True, "PyDataset": False, "callback": True}


def test_the_report_says_what_is_not_promised_of_a_stream(found: dict[str, Any]) -> None:
    for kind in ("tf.data", "generator", "PyDataset"):
        assert "the same seed need not give the same result" in found["kinds"][kind]["notes"]["Look at"]
    assert "Look at" not in found["kinds"]["callback"]["notes"]


def test_a_callback_sees_the_list_of_the_script(found: dict[str, Any]) -> None:
    assert found["seen"] == [0, 1, 0, 1]


STOPPED = """
import keras, numpy as np, tensorflow as tf, time
from keras_search import kt

x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32"); y = (x[:, 0] > 0).astype("int64")

def slow(x, y):
    time.sleep(0.1)
    return x, y

data = tf.data.Dataset.from_tensor_slices((x, y)).batch(8).map(
    lambda x, y: tf.numpy_function(slow, (x, y), (tf.float32, tf.int64))).map(
    lambda x, y: (tf.ensure_shape(x, (8, 4)), tf.ensure_shape(y, (8,))))

def build(hp):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(hp.Choice("units", [2, 4, 8]))])
    model.add(keras.layers.Dense(2, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

tuner = kt.GridSearch(build, "val_accuracy", directory="here", project_name="stopped")
tuner.search(data, validation_data=(x, y), epochs=3)
print("ENDED", len(tuner.trials()), len(tuner.history()), flush=True)
"""


def test_a_search_in_the_scripts_own_process_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    """By Ctrl-C; one whose script is killed is among the scripts of `tests/kt_scripts`."""
    (tmp_path / "script.py").write_text(STOPPED, "utf-8")
    command = [sys.executable, "script.py"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    checkpoints = tmp_path / "here" / "stopped" / "checkpoints"
    while process.poll() is None and not list(checkpoints.glob("*/epoch-00002.npz")):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    said, errors = process.communicate()
    assert "ENDED" not in said, errors
    assert "KeyboardInterrupt: Stopped; nothing is lost. Run the same again to continue." in errors
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "ENDED 3 9" in done.stdout, done.stderr[-3000:]
