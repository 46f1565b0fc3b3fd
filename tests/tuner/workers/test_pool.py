"""Worker processes are started, heard, replaced and ended; every process here is real."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.data import load_dataset, make_splits, save_splits
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.processes import FORKS
from keras_search.tuner.workers.pool import WorkerPool, default_workers

Heard = tuple[int, Any]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> messages.Context:
    folder = StudyFolder(tmp_path_factory.mktemp("studies") / "a")
    folder.make()
    save_splits(make_splits(load_dataset("digits"), 0.2, 0), folder.data)
    settings = StudySettings.create(tuner="random", max_epochs=400, objective="val_accuracy")
    return messages.Context(folder.root, settings.model_dump(mode="json"), None)


def _order(name: str, epochs: int = 2) -> messages.Train:
    values = {"layers": 1, "units_1": 64, "optimizer": "adam", "batch_size": 256}
    return messages.Train(Run(name, Kind.TRIAL, "mlp", "trial", values, 0, epochs), name, 0, (epochs,))


def _listen(pool: WorkerPool) -> Iterator[Heard]:
    """Give what each worker reports, for ever."""
    while True:
        for place, report in pool.reports(timeout=60):
            yield place.number, report


def _until(heard: Iterator[Heard], kind: type) -> Heard:
    """Listen until a report of `kind`, and give it; no other may say that a run has failed."""
    for number, report in heard:
        if isinstance(report, kind):
            return number, report
        assert not isinstance(report, messages.Failed), report.reason
    raise AssertionError(f"no report of {kind.__name__}")


def _until_all(heard: Iterator[Heard], wanted: set[tuple[int, type]]) -> None:
    """Listen until there was a report of each worker and kind that is wanted, in whichever order."""
    while wanted:
        number, report = next(heard)
        wanted -= {(number, type(report))}


def test_a_killed_worker_gives_its_run_back_and_is_replaced(context: messages.Context) -> None:
    with WorkerPool(2, context, hang_seconds=600) as pool:
        heard = _listen(pool)
        for _ in range(2):
            _until(heard, messages.Ready)
        first, second = pool.idle()
        pool.give(first, _order("long", epochs=400))
        assert pool.busy
        assert pool.in_hand() == {"long"}
        assert pool.idle() == [second]
        _until(heard, messages.EpochEnded)
        first.process.kill()
        number, died = _until(heard, messages.Died)
        assert number == first.number
        assert died == messages.Died(
            "long", "The worker was ended by SIGKILL, which is what a system short of memory does."
        )
        assert not pool.busy
        pool.give(second, _order("short"))
        _until_all(heard, {(second.number, messages.Completed), (first.number, messages.Ready)})
        _stop_at_the_next_epoch(pool, heard)
        processes = [place.process for place in pool.workers]
    assert not any(process.is_alive() for process in processes)


def test_an_order_for_a_worker_that_dies_while_starting_goes_to_its_successor(context: messages.Context) -> None:
    with WorkerPool(1, context, hang_seconds=600) as pool:
        starting = pool.workers[0]
        pool.give(starting, _order("early"))
        starting.process.kill()
        reports = []
        while not reports or pool.busy:
            reports += [report for _, report in pool.reports(timeout=60)]
        assert pool.workers[0].process.pid != starting.process.pid
    assert [type(report) for report in reports] == [
        messages.Ready,
        messages.EpochEnded,
        messages.EpochEnded,
        messages.Completed,
    ]


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux only")
def test_workers_are_replaced_when_the_process_that_they_were_forked_from_is_killed(context: messages.Context) -> None:
    """A worker lives on without it, but unknown to the pool: it ends itself when nobody listens."""
    with WorkerPool(1, context, hang_seconds=600) as pool:
        heard = _listen(pool)
        _until(heard, messages.Ready)
        pool.give(pool.idle()[0], _order("long", epochs=400))
        _until(heard, messages.EpochEnded)
        orphan = psutil.Process(pool.workers[0].process.pid)
        orphan.parent().kill()
        assert _until(heard, messages.Died)[1].run == "long"
        pool.give(pool.workers[0], _order("short"))
        assert _until(heard, messages.Completed)[1].run == "short"
        orphan.wait(timeout=60)


def _stop_at_the_next_epoch(pool: WorkerPool, heard: Iterator[Heard]) -> None:
    pool.give(pool.idle()[0], _order("left", epochs=400))
    _until(heard, messages.EpochEnded)
    pool.stop()
    assert _until(heard, messages.Stopped)[1] == messages.Stopped("left")


def test_a_worker_that_says_nothing_is_ended_and_ctrl_c_does_not_reach_it(context: messages.Context) -> None:
    """It is suspended, so that it never says anything; starting up does not count."""
    with WorkerPool(1, context, hang_seconds=0.06) as pool:
        os.kill(pool.workers[0].process.pid or 0, signal.SIGINT)
        heard = _listen(pool)
        _until(heard, messages.Ready)
        hung = pool.workers[0].process
        os.kill(hung.pid or 0, signal.SIGSTOP)
        pool.give(pool.idle()[0], _order("long", epochs=400))
        while pool.busy:
            reports = [report for _, report in pool.reports(timeout=0.01)]
        assert reports == [messages.Died("long", "The worker reported nothing for 0.001 minutes.")]
        assert hung.exitcode == -signal.SIGKILL


def test_workers_that_cannot_start_end_the_search(context: messages.Context) -> None:
    broken = replace(context, settings={**context.settings, "tuner": "genetic"})
    with WorkerPool(1, broken, hang_seconds=60) as pool, pytest.raises(KerasSearchError) as caught:
        _until(_listen(pool), messages.Ready)
    assert str(caught.value) == (
        "A worker ended 3 times while starting (The worker ended with exit code 1.) Its last error: "
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for StudySettings. "
        f"See {context.folder / 'logs' / 'worker-0.log'}."
    )


PARENT = """
import sys
from pathlib import Path
from keras_search.tuner.study import messages
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.workers.pool import WorkerPool
if __name__ == "__main__":
    settings = StudySettings.create(tuner="random", objective="val_accuracy").model_dump(mode="json")
    with WorkerPool(2, messages.Context(Path(sys.argv[1]), settings, None), 60) as pool:
        while len(pool.idle()) < 2:
            list(pool.reports(60))
        print(*(place.process.pid for place in pool.workers), flush=True)
        sys.stdin.read()
"""


def test_workers_end_with_a_killed_search_process(context: messages.Context, tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    with subprocess.Popen(
        [sys.executable, program, context.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(workers) == 2
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def test_the_workers_of_a_machine_share_its_cores() -> None:
    cores = len(os.sched_getaffinity(0))
    assert default_workers(1) == cores
    assert default_workers(cores) == 1
    assert default_workers(cores + 1) == 1
