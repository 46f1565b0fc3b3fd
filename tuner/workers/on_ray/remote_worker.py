"""A worker on the cluster as the pool sees it: a process and a connection."""

import re
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from multiprocessing import Pipe
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import StorageError
from keras_search.tuner.system.user_errors import one_line
from keras_search.tuner.workers.on_ray.mirror import apply_changes, files_for
from keras_search.tuner.workers.on_ray.parcels import Arrived, Cargo, Changes, Ended, Parcel
from keras_search.tuner.workers.on_ray.slot import GRACE_SECONDS

LOST = "The worker's node was lost, or Ray ended its actor"
_ADDRESS = re.compile(r"\bip=([\w.:-]+)")
_ERROR = re.compile(r"^[\w.]*(?:Error|Exception): .*", re.MULTILINE)
PATIENCE = GRACE_SECONDS + 2

OnArrival = Callable[[Arrived], None]


class RemoteWorker:
    """A worker in the slot `actor`, with the interfaces of a process and of this end of a connection to it.

    A thread asks the slot for reports, brings their files to the study's folder, and passes the reports on. Each start
    of a worker has an actor and a channel of its own, so that nothing of one that was given up can be taken for its
    successor's; files are brought under a lock that giving up waits for.
    """

    def __init__(self, actor: Any, cargo: Cargo, on_arrival: OnArrival) -> None:
        self.exitcode: int | None = None
        self.cause, self.where, self.closed = "", "", False
        self.blameless = False
        self.failure: KerasSearchError | None = None
        self.sentinel, self._sentinel_end = Pipe(duplex=False)
        self._reader, self._writer = Pipe(duplex=False)
        self._actor, self._folder, self._on_arrival = actor, cargo.context.folder, on_arrival
        self._lock, self._given_up, self._ended = threading.Lock(), False, threading.Event()
        self._sent, self._held = 0, set[str]()
        begun = actor.begin.remote(cargo)
        threading.Thread(target=self._serve, args=(begun,), daemon=True, name="keras-search-ray").start()

    def fileno(self) -> int:
        """Return what to wait on for reports."""
        return self._reader.fileno()

    def poll(self) -> bool:
        """Return whether there is a report, or none will come any more."""
        return self._reader.poll()

    def recv(self) -> messages.Report:
        """Return the next report.

        Raises:
            EOFError: the worker has ended.
        """
        report: messages.Report = self._reader.recv()
        return report

    def send(self, order: messages.Order) -> None:
        """Send an order, with the files of the study that it needs."""
        if isinstance(order, messages.Moved):
            with self._lock:
                self._folder = order.folder
            return
        files = files_for(order, self._folder)
        with self._lock:
            self._held = set(files)
        self._post(order, files)

    def close(self) -> None:
        """Let the worker end by itself."""
        if not self.closed:
            self.closed = True
            self._reader.close()
            if self.where:
                self._post(None, {})
            else:
                self.kill()

    def kill(self) -> None:
        """End the worker at once; nothing of it reaches the study any more."""
        with self._lock:
            self._given_up = True
        with suppress(RayError):
            ray.kill(self._actor, no_restart=True)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end."""
        self._ended.wait(PATIENCE if timeout is None else timeout)

    def is_alive(self) -> bool:
        """Return whether the end has not been seen yet."""
        return not self._ended.is_set()

    def _post(self, order: messages.Order | None, files: dict[str, bytes]) -> None:
        self._actor.post.remote(self._sent, order, files)
        self._sent += 1

    def _serve(self, begun: Any) -> None:
        """Hear the worker to its end, for whatever reason that comes."""
        exitcode = -int(signal.SIGKILL)
        try:
            arrived = ray.get(begun)
            self._on_arrival(arrived)
            self.where = arrived.node
            exitcode = self._listen()
        except RayError as error:  # first, as that of a task is also of the kind of its cause
            self._lose(_failure_of(error))
        except KerasSearchError as error:
            self.failure = error
        except OSError as error:  # of this machine, while the files were written
            self.failure = StorageError.of(self._folder, error)
        except Exception:  # the connection to the cluster is lost
            self._lose(None)
        finally:
            self._end(exitcode)

    def _lose(self, failure: KerasSearchError | None) -> None:
        """Record that the worker is gone without a word: for no fault of its run, unless it was given up."""
        self.blameless, self.failure = not self._given_up, failure
        self.cause = f"{LOST}{f' ({self.where})' if self.where else ''}."

    def _listen(self) -> int:
        """Pass on the reports; return the exit code of the worker's process."""
        while True:
            for parcel in ray.get(self._actor.reports.remote(self._deleted())):
                self._bring(parcel.changes)
                if isinstance(parcel, Ended):
                    return parcel.exitcode
                self._pass_on(parcel)

    def _bring(self, changes: Changes) -> None:
        with self._lock:
            if not self._given_up:
                apply_changes(self._folder, changes)
                self._held |= changes.files.keys()

    def _pass_on(self, parcel: Parcel) -> None:
        report = parcel.report
        if isinstance(report, messages.Ready):
            report = messages.Ready(self.where)
        elif isinstance(report, messages.Halted):
            report = messages.Halted(report.run, f"{report.reason} (on {self.where})")
        with suppress(OSError):  # nobody listens any more
            self._writer.send(report)

    def _deleted(self) -> list[str]:
        """List the files that the worker holds and the study has deleted meanwhile."""
        with self._lock:
            gone = [name for name in self._held if not (self._folder / name).exists()]
            self._held -= set(gone)
        return gone

    def _end(self, exitcode: int) -> None:
        if self.closed and ray.is_initialized():  # else the call would start Ray again
            with suppress(RayError):
                ray.wait([self._actor.leave.remote()], timeout=PATIENCE)
        with suppress(Exception):
            ray.kill(self._actor, no_restart=True)
        self.exitcode = exitcode
        self._ended.set()
        self._writer.close()
        self._sentinel_end.close()


def _failure_of(error: RayError) -> KerasSearchError | None:
    """Return why no worker can be started on a node, None if the node was lost."""
    text = str(error)
    if not isinstance(error, RayTaskError) and "creation task" not in text:
        return None
    address, errors = _ADDRESS.search(text), _ERROR.findall(text)
    node = f"The node {address[1]}" if address else "A node"
    if "No module named 'keras_search'" in text:
        return KerasSearchError(
            f"{node} has no keras-search: install keras-search=={version('keras-search')} there, where `ray start` "
            "runs (with KubeRay, in the image of the worker group), and restart Ray on it."
        )
    cause = getattr(error, "cause", None)
    reason = one_line(cause) if isinstance(cause, Exception) else errors[-1] if errors else text
    return KerasSearchError(f"{node} cannot run a worker: {reason}")
