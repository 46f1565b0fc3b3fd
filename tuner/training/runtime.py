"""Set TensorFlow up in a worker process, before anything imports it."""

import logging
import os

from keras_search.tuner.system import tf_private

# A seventh off an epoch if the processor has such vectors, without effect if it has none; and a quarter off the
# time to compile at no cost: most time of a step is spent in libraries, not in the loops that would be unrolled.
XLA_FLAGS = "--xla_cpu_prefer_vector_width=512 --xla_backend_extra_options=xla_cpu_disable_loop_unrolling"


def prepare(threads: int) -> None:
    """Import TensorFlow, give it and NumPy `threads` cores, and let it allocate GPU memory as needed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["XLA_FLAGS"] = f"{XLA_FLAGS} {os.environ.get('XLA_FLAGS', '')}".strip()

    import tensorflow as tf
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if warning := tf_private.untried():
        logging.getLogger("keras_search").warning(warning)
    threadpool_limits(threads)
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    # Runtimes without short floats must reproduce what was measured: no TensorFloat-32 on GPUs.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)
