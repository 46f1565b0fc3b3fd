"""An error of TensorFlow says its cause on one line, which does not depend on what the process did before."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.tuner.system.user_errors import one_line

CAUSE = "InvalidArgumentError: indices[0,0] = 999 is not in [0, 11)"


def test_an_error_in_a_graph_says_its_cause() -> None:
    model = keras.Sequential([keras.Input((2,), dtype="int64"), keras.layers.Embedding(11, 3)])
    for run in (lambda ids: model.predict(ids, verbose=0), tf.function(model, autograph=False)):
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            run(np.array([[999, 0]]))
        assert one_line(raised.value).endswith(CAUSE), str(raised.value)


def test_other_errors_are_their_first_line() -> None:
    assert one_line(ValueError("\n one\ntwo")) == "ValueError: one"
    assert one_line(KeyError()) == "KeyError: no message"
