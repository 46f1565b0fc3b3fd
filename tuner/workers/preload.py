"""Import what every TensorFlow process needs, in the one that they are forked from."""

import atexit
import gc
import os
import sys
from contextlib import suppress

from keras_search.tuner.system.importing import uncollected
from keras_search.tuner.system.quiet import silent_stderr

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads must not be forked
# The working directory is first on the path of this process only: a user's `keras.py` there must not be imported.
sys.path[:] = [place for place in sys.path if place]
with silent_stderr(), suppress(Exception), uncollected():  # a forked process imports again, and logs the error
    import keras_search.tuner.oracles
    import keras_search.tuner.training.orders  # noqa: F401
gc.freeze()
atexit.register(os._exit, 0)  # tearing TensorFlow down would take a second, during which it holds its caller's output
