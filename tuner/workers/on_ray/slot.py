"""The actor that keeps one worker on a node: it starts the worker's process and carries its orders and reports."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import ray

from keras_search.models.source import parse_source
from keras_search.tuner.study import messages
from keras_search.tuner.system import processes
from keras_search.tuner.system.versions import versions
from keras_search.tuner.workers import worker
from keras_search.tuner.workers.on_ray.mirror import Mirror
from keras_search.tuner.workers.on_ray.parcels import Arrived, Cargo, Code, Ended, Parcel
from keras_search.tuner.workers.on_ray.scratch import Scratch

GRACE_SECONDS = 3.0
"""How long a worker without an order may take to end by itself."""
CALLS_AT_ONCE = 4
"""One call waits for reports, while others bring orders."""


class Slot:
    """One worker on a node. Several threads call the methods, `begin` before `reports`.

    The worker's process is spawned: one that has loaded Ray must not be forked.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[int, tuple[messages.Order | None, Mapping[str, bytes]]] = {}
        self._next_order, self._unkept = 0, False
        self._home: Path | None = None
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def begin(self, cargo: Cargo) -> Arrived:
        """Bring what the worker needs to this node, and start it.

        Raises:
            OSError: the node's disk is full.
        """
        node = ray.get_runtime_context().get_node_id()
        scratch = Scratch(node[:16])
        scratch.sweep()
        self._home, self._in_use = scratch.claim(f"slot-{os.getpid()}")
        data, fetched = scratch.keep_data(
            cargo.seal, lambda: {name: _pieces(refs) for name, refs in cargo.data.items()}
        )
        (self._home / "data").symlink_to(data)
        self._mirror, self._code = Mirror(self._home), self._home / "code"
        self._origin = cargo.code.root if cargo.code else ""
        context = replace(cargo.context, folder=self._home, acknowledged=True)
        if cargo.code is not None:
            context = replace(context, settings=_with_code(context.settings, cargo.code, self._code))
        os.chdir(self._code if cargo.code is not None else self._home)
        # A user's `keras.py` in the working directory, which Ray puts on the path, must not be imported.
        sys.path[:] = [place for place in sys.path if place and Path(place) != Path(cargo.cwd)]
        process, connection = processes.spawn(worker.main, context, cargo.number)
        with self._lock:
            self._process, self._connection = process, connection
            self._deliver()
        return Arrived(_name_of_node(node), versions(), fetched)

    def post(self, index: int, order: messages.Order | None, files: Mapping[str, bytes]) -> None:
        """Pass on the `index`-th order with its files, after those before it; None ends the worker."""
        with self._lock:
            self._orders[index] = order, files
            if self._connection is not None:
                self._deliver()

    def reports(self, deleted: Sequence[str]) -> list[Parcel | Ended]:
        """Wait for reports; the earlier ones are kept by now, and the study has `deleted` some of their files."""
        assert self._connection is not None
        assert self._process is not None
        self._mirror.delete(deleted)
        if self._unkept:
            self._unkept = False
            with self._lock:
                self._give(messages.Kept())
        wait([self._connection, self._process.sentinel])
        return list(self._heard(self._connection, self._process))

    def leave(self) -> None:
        """Wait for the worker to end by itself, and delete its folder."""
        if self._process is not None:
            self._process.join(GRACE_SECONDS)
            self._process.kill()
            self._process.join()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)

    def _deliver(self) -> None:
        while self._next_order in self._orders:
            order, files = self._orders.pop(self._next_order)
            self._next_order += 1
            self._mirror.put(files)
            self._give(order)

    def _give(self, order: messages.Order | None) -> None:
        """Send an order; a worker that cannot receive it has died, which `reports` tells."""
        assert self._connection is not None
        with suppress(OSError):
            self._connection.send(order)

    def _heard(self, connection: Connection, process: BaseProcess) -> Iterator[Parcel | Ended]:
        with suppress(EOFError, OSError):
            while connection.poll():
                report: messages.Report = connection.recv()
                yield Parcel(self._as_at_home(report), self._mirror.changes())
                self._unkept = isinstance(report, messages.EpochEnded)
                if not isinstance(report, messages.GOES_ON):
                    self._mirror.clear()
            if process.is_alive():
                return
        process.join()
        yield Ended(process.exitcode or 0, self._mirror.changes())

    def _as_at_home(self, report: messages.Report) -> messages.Report:
        """Name a user's files by where they are at home, in the frames of an error."""
        if isinstance(report, messages.Failed) and self._origin:
            return replace(report, details=report.details.replace(str(self._code), self._origin))
        return report


def _pieces(refs: Sequence[Any]) -> Iterator[memoryview]:
    """Fetch the pieces of a file one after another."""
    for ref in refs:
        yield memoryview(ray.get(ref))


def _with_code(settings: Mapping[str, Any], code: Code, place: Path) -> dict[str, Any]:
    """Write a hypermodel's files to `place`; return the settings that name it there."""
    for name, content in code.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    source = parse_source(settings["hypermodel"])
    if not source.is_file:
        return dict(settings)
    moved = place / source.path.relative_to(code.root)
    return {**settings, "hypermodel": f"{moved}:{source.name}"}


def _name_of_node(node: str) -> str:
    """Name a node for people: its address, and the beginning of its id, as several may have one address."""
    return f"{ray.util.get_node_ip_address()} ({node[:6]})"
