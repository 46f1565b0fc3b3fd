"""The engine that has its workers on a Ray cluster."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import ray

from keras_search.models import HYPERMODEL_NAMES
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.system.ownership import seal_of
from keras_search.tuner.workers.on_ray import cluster
from keras_search.tuner.workers.on_ray.arrivals import Arrivals
from keras_search.tuner.workers.on_ray.code import code_of
from keras_search.tuner.workers.on_ray.lifeline import lifeline
from keras_search.tuner.workers.on_ray.parcels import Cargo
from keras_search.tuner.workers.on_ray.remote_worker import RemoteWorker
from keras_search.tuner.workers.on_ray.slot import CALLS_AT_ONCE, Slot

PIECE_BYTES = 64 * 2**20
"""Data travel in pieces of this size, so that a small object store has room for them."""
LOOK_SECONDS = 2.0
"""How often the cluster is asked for its nodes."""
NOTE_SECONDS = 60.0
"""After how long without any worker a note tells that they wait for room."""

Note = Callable[[str], None]


class RayEngine:
    """Start workers on a Ray cluster, each in an actor of its own; close it at the end.

    `workers` is their number, None for as many as the cluster has room for at any time; a worker whose node is lost
    waits until there is room for it again.
    """

    def __init__(self, address: str | None, workers: int | None, threads: int, cores: int, note: Note) -> None:
        self._fixed, self._note = workers, note
        self._connected = cluster.connect(address, max(cores, (workers or 1) * threads))
        try:
            self._demand = cluster.demand_of(workers, threads, cluster.nodes())
            self._lifeline = lifeline()
        except BaseException:
            self.close()
            raise
        self._arrivals = Arrivals()
        self._began = self._looked = time.monotonic()
        self._size = self._room()
        self._noted = False
        self._data: dict[str, dict[str, list[Any]]] = {}

    @property
    def size(self) -> int:
        """How many workers there should be now; it only grows.

        Raises:
            KerasSearchError: the cluster is lost.
        """
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            if self._lifeline is not None:
                self._lifeline.check()
            self._size = max(self._size, self._room())
        if not self.fetched and not self._noted and time.monotonic() - self._began > NOTE_SECONDS:
            self._noted = True
            self._note(self._waiting())
        return self._size

    @property
    def fetched(self) -> dict[str, int]:
        """The bytes of data that went to each node from which a worker has come."""
        return self._arrivals.fetched

    def start(self, _target: Callable[..., None], context: messages.Context, number: int) -> tuple[Any, Any]:
        """Start the worker of a `number` where there is room, at once or later; return it as process and connection."""
        data = StudyFolder(context.folder).data
        seal = seal_of(data)
        if seal not in self._data:
            self._data[seal] = {path.name: _put(path) for path in sorted(data.iterdir()) if path.is_file()}
        hypermodel = context.settings["hypermodel"]
        code = None if hypermodel in HYPERMODEL_NAMES or context.carried is not None else code_of(hypermodel)
        cargo = Cargo(context, number, seal, self._data[seal], str(Path.cwd()), code)
        actor = ray.remote(
            num_cpus=self._demand.cores, num_gpus=self._demand.gpus, max_restarts=0, max_task_retries=0,
            max_concurrency=CALLS_AT_ONCE,
        )(Slot).remote()  # fmt: skip
        worker = RemoteWorker(actor, cargo, self._arrivals.add)
        return worker, worker

    def close(self) -> None:
        """Leave the cluster, if it was this engine that has connected to it."""
        if self._connected:
            cluster.disconnect()

    def _room(self) -> int:
        return self._fixed or max(1, cluster.room(self._demand, cluster.nodes()))

    def _waiting(self) -> str:
        cores = sum(node.cores for node in cluster.nodes())
        return (
            f"No worker has started on the cluster for {NOTE_SECONDS:g} seconds: its {cores:g} cores are in use, or "
            "the data are still on their way. The search begins as soon as there is room."
        )


def _put(path: Path) -> list[Any]:
    """Put a file into Ray's object store, in pieces; return the references to them."""
    if not path.stat().st_size:
        return []
    content = np.memmap(path, dtype=np.uint8, mode="r")
    return [ray.put(np.asarray(content[start : start + PIECE_BYTES])) for start in range(0, len(content), PIECE_BYTES)]
