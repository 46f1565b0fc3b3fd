"""Start the processes that a session works with: the workers, here or on a Ray cluster, and the oracle's."""

from typing import Any

from keras_search.errors import UsageError
from keras_search.tuner.session.options import Options
from keras_search.tuner.study import messages
from keras_search.tuner.study.beginning import Beginning
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.trash import KEPT
from keras_search.tuner.workers.helper import Helper
from keras_search.tuner.workers.loop import Watcher
from keras_search.tuner.workers.pool import WorkerPool, default_workers


def pool_for(
    folder: StudyFolder,
    settings: StudySettings,
    options: Options,
    code: str,
    watcher: Watcher,
    space: dict[str, Any] | None = None,
) -> WorkerPool:
    """Start the workers, which load the hypermodel from `code`.

    Raises:
        UsageError: Ray is not installed, or the address is not one to start from.
        KerasSearchError: there is no such cluster, or it has no room for a worker.
    """
    known = {**settings.model_dump(mode="json"), "hypermodel": code}
    context = messages.Context(folder.root.absolute(), known, space, options.threads)
    return make_pool(context, options, settings.epoch_minutes * 60, watcher)


def helper_for(folder: StudyFolder) -> Helper:
    """Start the process that queries a study's oracle."""
    return Helper(folder.logs.absolute())


def take_place(new: Beginning, pool: WorkerPool, helper: Helper, watcher: Watcher) -> None:
    """Move a new study to its place, and report where an earlier one is now."""
    replaced = new.take_place()
    pool.move(new.folder.root.absolute())
    helper.move(new.folder.logs.absolute())
    if replaced is not None:
        watcher.on_note(f"The earlier study is now {replaced}; the last {KEPT} of each name are kept.")


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
