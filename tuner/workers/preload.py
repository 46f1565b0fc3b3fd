"""Import what every TensorFlow process needs, in the one that they are forked from."""

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress

from keras_search.tuner.system.importing import annotations_compiled_once, unavailable, uncollected
from keras_search.tuner.system.late_imports import late
from keras_search.tuner.system.processes import ending_with_parent
from keras_search.tuner.system.quiet import silent_stderr
from keras_search.tuner.system.tf_private import LATE, loading_libraries

OF_SKLEARN = ("exceptions", "gaussian_process", "model_selection", "pipeline")
OF_KERAS_TUNER = (
    "pandas",
    "scipy.optimize",
    "sklearn",
    *(f"sklearn.{part}" for part in OF_SKLEARN),
    "keras_tuner.applications",
    "keras_tuner.src.applications",
    "keras_tuner.src.protos.v4.keras_tuner_pb2_grpc",
    "keras_tuner.src.protos.v4.service_pb2_grpc",
)
"""What KerasTuner imports and only Bayesian optimization, a cluster of its own, or a user's own code uses."""
OF_KERAS = ("h5py", "requests", "rich.console", "rich.markup", "rich.table")
"""What Keras imports to save weights, to report to a server and to print summaries."""

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads must not be forked
# The working directory is first on the path of this process only: a user's `keras.py` there must not be imported.
sys.path[:] = [place for place in sys.path if place]
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it ends with the command, which may outlive its terminal
with ending_with_parent(), silent_stderr(), uncollected(), annotations_compiled_once():
    # A forked process imports again, and logs the error. IPython would be imported to ask whether this is a notebook.
    with suppress(Exception), late([*LATE, *OF_KERAS_TUNER, *OF_KERAS]), unavailable("IPython"):
        import keras_search.tuner.workers.preload_compiled

        with loading_libraries():  # while modules in Python are imported
            import keras_search.tuner.data
            import keras_search.tuner.study.settings
        import keras_search.tuner.oracles
        import keras_search.tuner.training.orders  # noqa: F401
    gc.freeze()  # before the collector runs again, which would look through all of it
atexit.register(os._exit, 0)  # tearing TensorFlow down would take a second, during which it holds its caller's output
