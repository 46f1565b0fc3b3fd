"""A thread that serves as a worker ends when it is killed, whatever it waits for."""

import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from keras_search.tuner.study import messages
from keras_search.tuner.workers import in_process, worker


def test_a_thread_that_waits_for_an_order_ends_when_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its lock would keep the next search of the same process waiting forever, as in a notebook."""

    def serve(connection: Connection, _: messages.Context) -> None:
        connection.send(messages.Ready())
        while worker._Inbox(connection).next() is not None:
            pass

    monkeypatch.setattr(worker, "serve_here", serve)
    process, ours = in_process.start(worker.main, messages.Context(tmp_path, {}, None, 1), 0)
    assert isinstance(ours.recv(), messages.Ready)
    time.sleep(0.2)  # it is reading by now, most likely; if not, it finds the connection closed
    process.kill()
    process.join()
    assert process.exitcode == 0
