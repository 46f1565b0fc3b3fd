"""TensorFlow says nothing when the user's code imports it; what that code prints is passed on."""

import os
import subprocess
import sys

import pytest

from keras_search.tuner.system.quiet import silent_stderr

PROGRAM = """
import sys
from keras_search.tuner.system.quiet import silence_import_of_tensorflow
silence_import_of_tensorflow()
silence_import_of_tensorflow()
import keras
assert keras.ops.convert_to_numpy(keras.ops.ones(2)).sum() == 2
import tensorflow
assert tensorflow.__spec__.origin == tensorflow.__file__
assert sum(type(finder).__name__ == "_Finder" for finder in sys.meta_path) == 0
print("mine", file=sys.stderr)
"""


def test_an_import_of_tensorflow_prints_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout) == (0, "mine\n", "")


def test_blocks_that_overlap_give_stderr_back_after_the_last(capfd: pytest.CaptureFixture[str]) -> None:
    one, other = silent_stderr(), silent_stderr()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    os.write(2, b"lost")
    other.__exit__(None, None, None)
    os.write(2, b"there")
    assert capfd.readouterr().err == "there"
