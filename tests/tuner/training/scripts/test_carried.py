"""A script's objects in another process: made there anew, with what the script has registered with Keras."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
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


@pytest.fixture
def own_keras() -> Iterator[None]:
    """Leave Keras as it was: what a script has set is set where its objects are made."""
    policy, registered = keras.config.dtype_policy(), keras.saving.get_custom_objects()
    before = dict(registered)
    yield
    keras.config.set_dtype_policy(policy)
    registered.clear()
    registered.update(before)


@pytest.mark.usefixtures("own_keras")
def test_another_process_makes_what_a_script_has_each_time_anew(tmp_path: Path) -> None:
    (tmp_path / "sender.py").write_text(SENDER, "utf-8")
    done = subprocess.run([sys.executable, "sender.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (opened((tmp_path / "bytes").read_bytes()) for _ in range(2))
    base, units = first.hypermodel.build(4)
    assert units == 7
    assert np.asarray(base(np.ones((1, 2)))).tolist() == [[2.0, 2.0]]
    assert first.callbacks[0].patience == 7
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    assert second.hypermodel.build(4)[0] is not base


def test_what_cannot_be_sent_is_named() -> None:
    stream = tf.data.Dataset.range(3)
    carried = Carried(BuildFunction(lambda _hp: keras.Sequential()), ((stream,), {}))
    with pytest.raises(NotCarriedError, match=r"^the arguments of search cannot be sent to another process"):
        carried.to_bytes()
    assert opened(carried) is carried
    with pytest.raises(NotCarriedError, match="a worker's process cannot make what the script has"):
        opened(b"nonsense")
