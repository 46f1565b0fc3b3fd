"""Start processes that have TensorFlow: forked from one that has imported it, where the system can; else spawned."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

FORKS = sys.platform == "linux"
"""Whether a process that has loaded such libraries may be forked; macOS says no, and Windows cannot."""

_CONTEXT = multiprocessing.get_context("forkserver") if FORKS else multiprocessing.get_context("spawn")


def warm_up() -> None:
    """Let the process that others are forked from begin its imports, and return at once.

    It serves every study of this process, and ends with it.
    """
    if FORKS:
        forkserver.set_forkserver_preload(["keras_search.tuner.preload"])
        with _shielded(), _main_left_out():
            forkserver.ensure_running()


def start(target: Callable[..., None], *arguments: Any) -> tuple[BaseProcess, Connection]:
    """Start `target(connection, *arguments)` in a process that ends with this one; give it and this end to it.

    It waits until there is a process to fork from.
    """
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_begin, args=(target, theirs, dict(os.environ), arguments), daemon=True)
    with _shielded(), _main_left_out():
        process.start()
    theirs.close()
    return process, ours


def write_output_to(path: Path) -> None:
    """Send all output of this process, TensorFlow's own included, to a log file, or nowhere if there is no room."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError:
        descriptor = os.open(os.devnull, os.O_WRONLY)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _begin(
    target: Callable[..., None], connection: Connection, environment: dict[str, str], arguments: tuple[Any, ...]
) -> None:
    """Run `target` in the environment of the process that asked for it, which may have changed since the fork."""
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    target(connection, *arguments)


def _die_with_parent() -> None:
    """End this process as soon as the one that asked for it has ended, however it ended."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _shielded() -> Iterator[None]:
    """Start a process out of reach of Ctrl-C, which is for this one to answer."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _main_left_out() -> Iterator[None]:
    """Start a process that does not run the user's script again, as it would for functions pickled from there."""
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
