"""Import what every TensorFlow process needs, in the one that they are forked from."""

import atexit
import gc
import os
from contextlib import suppress

from keras_search.tuner.system.importing import (
    annotations_compiled_once,
    roomy,
    signatures_read_once,
    unavailable,
    uncollected,
)
from keras_search.tuner.system.late_imports import late
from keras_search.tuner.system.processes import ending_with_parent
from keras_search.tuner.system.quiet import silent_stderr
from keras_search.tuner.system.tf_private import LATE, keep_waiting, loading_libraries
from keras_search.tuner.workers.preload_process import MEANWHILE

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


@roomy
def import_all() -> None:
    """Import TensorFlow, Keras, KerasTuner and what ours need to train; call what else there is to import meanwhile."""
    import keras_search.tuner.workers.preload_compiled

    with loading_libraries():  # while modules in Python are imported
        for load in MEANWHILE:
            load()
        import keras_search.tuner.data
        import keras_search.tuner.study.settings
    import keras_search.tuner.oracles
    import keras_search.tuner.training.orders  # noqa: F401

    keep_waiting()


with ending_with_parent(), silent_stderr(), uncollected(), annotations_compiled_once(), signatures_read_once():
    # A forked process imports again, and logs the error. IPython would be imported to ask whether this is a notebook.
    with suppress(Exception), late(LATE, silent_stderr), late([*OF_KERAS_TUNER, *OF_KERAS]), unavailable("IPython"):
        import_all()
    gc.freeze()  # before the collector runs again, which would look through all of it
atexit.register(os._exit, 0)  # tearing TensorFlow down would take a second, during which it holds its caller's output
