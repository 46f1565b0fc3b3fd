"""Import what every process with TensorFlow needs, in the one that they are forked from."""

import atexit
import gc
import os
import sys
from contextlib import suppress

from keras_search.tuner.system.importing import uncollected
from keras_search.tuner.system.quiet import silent_stderr

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads is no good to fork
# The working directory is first on the path of this process alone: a user's `keras.py` there is not to be imported.
sys.path[:] = [place for place in sys.path if place]
with silent_stderr(), suppress(Exception), uncollected():  # whoever is forked imports again, and logs the error
    import keras_search.tuner.oracles
    import keras_search.tuner.training.orders  # noqa: F401
gc.freeze()
atexit.register(os._exit, 0)  # to take TensorFlow apart would take a second, in which it holds its caller's output
