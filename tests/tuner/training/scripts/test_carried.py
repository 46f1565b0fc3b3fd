"""A script's objects in another process: made there anew, with what the script has registered with Keras."""

import subprocess
import sys
from pathlib import Path

import keras
import pytest
import tensorflow as tf

from keras_search.tuner.api.tuners.constructing import BuildFunction
from keras_search.tuner.training.scripts.carried import Carried, NotCarriedError, opened

SENDER = """
import sys
from pathlib import Path
import keras
from keras_search.tuner.api.tuners.constructing import BuildFunction
from keras_search.tuner.training.scripts.carried import Carried

@keras.saving.register_keras_serializable("mine")
class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x

base = keras.Sequential([keras.Input((2,)), Twice()])
keras.mixed_precision.set_global_policy("mixed_bfloat16")
units = 3
carried = Carried(BuildFunction(lambda hp: (base, units + hp)), ((), {}), [keras.callbacks.EarlyStopping(patience=7)])
Path("bytes").write_bytes(carried.to_bytes())
"""
RECEIVER = """
from pathlib import Path
import keras, numpy as np
from keras_search.tuner.training.scripts.carried import opened

first, second = (opened(Path("bytes").read_bytes()) for _ in range(2))
base, units = first.hypermodel.build(4)
print(units, np.asarray(base(np.ones((1, 2)))).tolist(), first.callbacks[0].patience, keras.config.dtype_policy().name)
print(second.hypermodel.build(4)[0] is base)
"""


def test_another_process_makes_what_a_script_has_each_time_anew(tmp_path: Path) -> None:
    for name, script in (("sender.py", SENDER), ("receiver.py", RECEIVER)):
        (tmp_path / name).write_text(script, "utf-8")
        done = subprocess.run([sys.executable, name], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "7 [[2.0, 2.0]] 7 mixed_bfloat16\nFalse\n"


def test_what_cannot_be_sent_is_named() -> None:
    stream = tf.data.Dataset.range(3)
    carried = Carried(BuildFunction(lambda _hp: keras.Sequential()), ((stream,), {}))
    with pytest.raises(NotCarriedError, match=r"^the arguments of search cannot be sent to another process"):
        carried.to_bytes()
    assert opened(carried) is carried
    with pytest.raises(NotCarriedError, match="a worker's process cannot make what the script has"):
        opened(b"nonsense")
