"""Choose where the workers of a session are: processes of this machine, or actors on a Ray cluster."""

from keras_search.errors import UsageError
from keras_search.tuner.session.options import Options
from keras_search.tuner.study import messages
from keras_search.tuner.workers.loop import Watcher
from keras_search.tuner.workers.pool import WorkerPool, default_workers


def make_pool(context: messages.Context, options: Options, hang_seconds: float, watcher: Watcher) -> WorkerPool:
    """Start the workers of a session.

    Raises:
        UsageError: Ray is not installed, or the address is not one to start from.
        KerasSearchError: there is no such cluster, or it has no room for a worker.
    """
    if options.engine == "local":
        return WorkerPool(options.pool_size, context, hang_seconds)
    try:
        from keras_search.tuner.workers.on_ray.engine import RayEngine
    except ModuleNotFoundError as missing:
        if missing.name != "ray":
            raise
        raise UsageError("--engine ray needs Ray, which is not installed: pip install 'keras-search[ray]'") from None
    engine = RayEngine(options.ray_address, options.workers, options.threads, default_workers(1), watcher.on_note)
    return WorkerPool(engine.size, context, hang_seconds, engine=engine)
