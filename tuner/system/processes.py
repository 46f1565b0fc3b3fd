"""Start processes with TensorFlow: forked from one that has imported it if the system can, else spawned."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing import forkserver, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.backend import check_backend

FORKS = sys.platform == "linux"
"""Whether a process that has loaded such libraries may be forked; macOS advises against it, Windows cannot."""
ATTEMPTS = 10
"""The number of attempts to start a process if the one that it is forked from is killed meanwhile."""
LOST = 255
"""The exit code of a process whose end was not observed, because the one that it was forked from has ended."""
WATCH_SECONDS = 0.05
"""How often a process that imports looks whether it is still wanted."""
NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)

_AT_HOME = os.getpid()
_LOCK = threading.Lock()
"""Held while a process is started, because that changes `__main__` for a moment."""


_PRELOADED = ["keras_search.tuner.workers.preload_process", "keras_search.tuner.workers.preload"]
_WITH_KERNELS = [
    "keras_search.tuner.workers.preload_process",
    "keras_search.tuner.workers.preload_numba",
    "keras_search.tuner.workers.preload",
    "keras_search.tuner.workers.preload_kernels",
]


def warm_up(kernels: bool = False) -> None:
    """Start the imports of the process that others are forked from, and return at once.

    With `kernels` it also imports their compiler; if a later study of this process needs more, it imports that then.
    It serves every study of this process, and ends with it. Variables that libraries read from the environment on
    import, such as `KERAS_BACKEND`, have the values of that time.

    Raises:
        UsageError: Keras is told to use another backend than TensorFlow.
    """
    check_backend()
    if isinstance(_context(), ForkServerContext):
        from multiprocessing import resource_tracker

        if kernels:
            _PRELOADED[:] = _WITH_KERNELS
        forkserver.set_forkserver_preload(_PRELOADED)
        resource_tracker.ensure_running()  # its start unblocks Ctrl-C
        with _LOCK, _shielded(), _main_left_out():
            forkserver.ensure_running()


def start(target: Callable[..., None], *arguments: Any) -> tuple[BaseProcess, Connection]:
    """Start `target(connection, *arguments)` in a process that ends with this one; return it and our end of the pipe.

    It waits until there is a process to fork from, a new one if that is killed.

    Raises:
        KerasSearchError: it was killed repeatedly, or the system allows no more processes.
    """
    reason = ""
    for _ in range(ATTEMPTS):
        try:
            warm_up()
            return _started(target, arguments, _context())
        except (EOFError, OSError) as error:
            reason = str(error)
            time.sleep(0.1)  # a killed process takes a moment to disappear
    raise KerasSearchError(f"No process could be started to train in ({reason}): see keras-search doctor.")


def spawn(target: Callable[..., None], *arguments: Any) -> tuple[BaseProcess, Connection]:
    """Start `target(connection, *arguments)` as `start` does, from nothing: it inherits no library of this process.

    Raises:
        OSError: the system allows no more processes.
    """
    return _started(target, arguments, multiprocessing.get_context("spawn"))


def end(process: BaseProcess) -> None:
    """Make sure that a process that has ended, or was `LOST`, is gone."""
    if process.exitcode == LOST and process.pid is not None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def write_output_to(path: Path) -> None:
    """Send all output of this process, including TensorFlow's, to a log file, or nowhere if the disk is full."""
    try:
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | NO_LINK, 0o644)
    except OSError:
        descriptor = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # None if they were closed from the beginning
            stream.flush()
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _context() -> ForkServerContext | SpawnContext:
    """Choose how to start processes; one that was itself forked from a study's process cannot use its fork server."""
    if FORKS and os.getpid() == _AT_HOME:
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def _started(
    target: Callable[..., None], arguments: tuple[Any, ...], context: ForkServerContext | SpawnContext
) -> tuple[BaseProcess, Connection]:
    ours, theirs = context.Pipe()
    process = context.Process(target=_begin, args=(target, theirs, dict(os.environ), arguments), daemon=True)
    try:
        # A forked process inherits the shield of its parent, so Ctrl-C need not wait for it.
        with _LOCK, nullcontext() if isinstance(context, ForkServerContext) else _shielded(), _main_left_out():
            process.start()
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


def _begin(
    target: Callable[..., None], connection: Connection, environment: dict[str, str], arguments: tuple[Any, ...]
) -> None:
    """Run `target` with the environment of the requesting process, which may be newer than the fork's."""
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    target(connection, *arguments)


def _die_with_parent() -> None:
    """End this process as soon as the requesting one has ended, for whatever reason."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def ending_with_parent() -> Iterator[None]:
    """End this process if the one that started it ends during the block, such as a command that is refused.

    A thread watches, and has ended after the block.
    """
    done, parent = threading.Event(), os.getppid()

    def watch() -> None:
        while not done.wait(WATCH_SECONDS):
            if os.getppid() != parent:
                os._exit(1)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _shielded() -> Iterator[None]:
    """Start a process out of reach of Ctrl-C, which this one handles."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _main_left_out() -> Iterator[None]:
    """Start a process without running the user's script again, as pickled functions from there would need."""
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    main.__spec__ = None
    if "__file__" in kept:
        del main.__file__
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)
