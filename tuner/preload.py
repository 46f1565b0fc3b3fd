"""Import what every process with TensorFlow needs, in the one that they are forked from."""

import gc
import os
from contextlib import suppress

from keras_search.tuner.importing import import_quickly
from keras_search.tuner.quiet import silent_stderr

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["OMP_NUM_THREADS"] = "1"  # a process with threads is no good one to fork
with silent_stderr(), suppress(Exception):  # whoever is forked meets the same error again, and has a log for it
    import_quickly("keras_search.tuner.training", "keras_search.tuner.oracles")
gc.freeze()
