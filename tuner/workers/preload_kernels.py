"""Import our own kernels, in the process that workers are forked from, after `preload_numba` and `preload`."""

import gc
from contextlib import suppress

from keras_search.tuner.system.importing import uncollected
from keras_search.tuner.system.processes import ending_with_parent

with ending_with_parent(), uncollected():
    with suppress(Exception):  # a forked process imports again, and reports the error
        import keras_search.tuner.training.kernels.program
        import keras_search.tuner.training.kernels.trial  # noqa: F401
    gc.freeze()  # before the collector runs again, which would look through all of it
