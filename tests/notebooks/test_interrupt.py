"""The stop button of a notebook ends a search after its epoch; the same cell continues it, in a fresh kernel too."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from keras_search.tuner.study.store import Store

CELL = """
import time
import keras, numpy as np
from keras_search import kt

x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = (x[:, 0] > 0).astype("int64")

class Pause(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        time.sleep(0.1)

def build(hp):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(hp.Choice("units", [2, 4, 8]), "relu")])
    model.add(keras.layers.Dense(1, "sigmoid"))
    return model

def search(project_name, callbacks):
    tuner = kt.GridSearch(
        build, kt.Objective("val_auc", "max"), optimizer="adam", loss="binary_crossentropy",
        metrics=[keras.metrics.AUC()], directory="here", project_name=project_name,
    )
    tuner.search(x, y, epochs=30, validation_split=0.25, callbacks=callbacks)
    return tuner

tuner = search("study", [Pause()])
"""
THE_SAME = """
whole = search("whole", [keras.callbacks.Callback()])
assert tuner.trials().to_csv() == whole.trials().to_csv()
assert tuner.history().to_csv() == whole.history().to_csv()
assert len(tuner.history()) == 90, len(tuner.history())
"""
PATIENCE = 240.0


class Kernel:
    """A running kernel, its cells executed one at a time."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager, self._client = manager, client

    def connect(self) -> None:
        """Wait until the kernel answers."""
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def end(self) -> None:
        """End the kernel and close the sockets to it, whose collection would fail the test that runs then."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(self, cell: str, until: Callable[[], bool] | None = None) -> dict[str, Any]:
        """Execute a cell; with `until`, press the stop button as soon as that is true. Return the reply."""
        asked = self._client.execute(cell, stop_on_error=False)  # True lets a failed cell abort the one after it
        while until is not None and not until():
            if (ended := self._reply(asked, 0.02)) is not None:
                return ended
        if until is not None:
            self._manager.interrupt_kernel()
        deadline = time.monotonic() + PATIENCE
        while (reply := self._reply(asked, 1)) is None:
            assert time.monotonic() < deadline
        return reply

    def _reply(self, asked: str, timeout: float) -> dict[str, Any] | None:
        with suppress(Empty):
            reply = self._client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == asked:
                content: dict[str, Any] = reply["content"]
                return content
        return None


@pytest.fixture
def kernels(tmp_path: Path) -> Iterator[Callable[[], Kernel]]:
    """Start kernels in the test's folder; each takes the place of the one before."""
    running: list[Kernel] = []

    def end() -> None:
        while running:
            running.pop().end()

    def start() -> Kernel:
        end()
        manager = KernelManager()
        manager.start_kernel(cwd=str(tmp_path))
        running.append(Kernel(manager, manager.client()))
        running[0].connect()
        return running[0]

    yield start
    end()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_stopped_search_continues_in_the_same_and_in_a_fresh_kernel(
    kernels: Callable[[], Kernel], tmp_path: Path
) -> None:
    def epochs() -> int:
        if not (tmp_path / "here" / "study" / "study.db").is_file():
            return 0
        with Store.read(tmp_path / "here" / "study") as store:
            return len(store.epochs())

    kernel = kernels()
    for _ in range(2):
        before = epochs()
        reply = kernel.run(CELL, until=lambda before=before: epochs() > before + 1)
        assert (reply["ename"], reply["evalue"]) == (
            "KeyboardInterrupt",
            "Stopped; nothing is lost. Run the same again to continue.",
        )
        assert before < epochs() < 90
    fresh = kernels()
    reply = fresh.run(CELL)
    assert reply["status"] == "ok", reply
    reply = fresh.run(THE_SAME)
    assert reply["status"] == "ok", reply
