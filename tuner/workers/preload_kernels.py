"""Import what compiles our own kernels, in the process that workers are forked from, after `preload`."""

import gc
from contextlib import suppress

from keras_search.tuner.system.importing import uncollected

with suppress(Exception), uncollected():  # whoever is forked imports again, and says what is wrong
    import keras_search.tuner.training.kernels.program
    import keras_search.tuner.training.kernels.trial  # noqa: F401
gc.freeze()
