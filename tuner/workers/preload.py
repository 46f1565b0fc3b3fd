"""Import what every TensorFlow process needs, in the one that they are forked from."""

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress

from keras_search.tuner.system.importing import annotations_compiled_once, uncollected
from keras_search.tuner.system.late_imports import late
from keras_search.tuner.system.processes import ending_with_parent
from keras_search.tuner.system.quiet import silent_stderr
from keras_search.tuner.system.tf_private import LATE

OF_SKLEARN = ("exceptions", "gaussian_process", "model_selection", "pipeline")
OF_KERAS_TUNER = ("pandas", "scipy.optimize", "sklearn", *(f"sklearn.{part}" for part in OF_SKLEARN))
"""What KerasTuner imports and only Bayesian optimization, or a user's own code, uses."""

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads must not be forked
# The working directory is first on the path of this process only: a user's `keras.py` there must not be imported.
sys.path[:] = [place for place in sys.path if place]
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it ends with the command, which may outlive its terminal
with ending_with_parent(), silent_stderr(), uncollected(), annotations_compiled_once():
    with suppress(Exception), late([*LATE, *OF_KERAS_TUNER]):  # a forked process imports again, and logs the error
        import keras_search.tuner.oracles
        import keras_search.tuner.training.orders  # noqa: F401
    gc.freeze()  # before the collector runs again, which would look through all of it
atexit.register(os._exit, 0)  # tearing TensorFlow down would take a second, during which it holds its caller's output
