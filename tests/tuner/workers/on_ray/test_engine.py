"""Workers come with nodes, go with them, and fetch their data once for each node; on a cluster on this machine."""

import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.cpu import LANES, X86
from keras_search.tuner.system.files import replacing_folder
from keras_search.tuner.system.ownership import Mark
from keras_search.tuner.workers.pool import WorkerPool

NARROW = 8
"""The numbers at a time that a processor with AVX2 and no more takes."""
VALUES = {"layers": 1, "units_1": 64, "optimizer": "adam", "batch_size": 256}
RUN = Run("0001", Kind.TRIAL, "mlp", "trial", VALUES, 0, 400)
PATIENCE_SECONDS = 600
Report = tuple[int, messages.Report]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a cluster whose head has no cores; its nodes keep their things below the test's folder."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_TMPDIR", "/tmp")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    yield cluster
    cluster.shutdown()


def make_study(folder: Path, megabytes: int) -> messages.Context:
    """Make a study with the digits as its data, and so much more that no worker reads."""
    from keras_search.tuner.data import load_dataset, make_splits
    from keras_search.tuner.data.split_files import write_splits

    study = StudyFolder(folder)
    study.make()
    with replacing_folder(study.data, Mark("data", "data")) as partial:
        write_splits(make_splits(load_dataset("digits"), 0.2, 0), partial)
        np.save(partial / "more.npy", np.random.default_rng(0).integers(0, 255, megabytes * 2**20, np.uint8))
    settings = StudySettings.create(tuner="random", max_epochs=400, objective="val_accuracy")
    return messages.Context(folder, settings.model_dump(mode="json"), None)


def until(pool: WorkerPool, wanted: Callable[[Report], bool]) -> list[Report]:
    """Hear the workers until a report is wanted; return all of them."""
    heard, deadline = list[Report](), time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for worker, report in pool.reports(0.5):
            heard.append((worker.number, report))
        if any(wanted(each) for each in heard):
            return heard
    raise AssertionError(f"Nothing of what was wanted came in {PATIENCE_SECONDS} seconds: {heard}")


def wait_for(pool: WorkerPool, condition: Callable[[], bool]) -> None:
    """Hear the workers until a condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        list(pool.reports(0.5))


def until_ready(pool: WorkerPool, workers: int) -> None:
    """Hear until so many workers wait for an order."""
    wait_for(pool, lambda: len(pool.idle()) >= workers)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning")
def test_workers_come_and_go_with_nodes_and_each_node_fetches_the_data_once(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from keras_search.tuner.workers.on_ray import engine as engines

    context, notes = make_study(tmp_path / "a", megabytes=70), list[str]()
    size = sum(path.stat().st_size for path in (tmp_path / "a" / "data").iterdir())
    engine = engines.RayEngine(cluster.address, None, 1, 1, notes.append)
    monkeypatch.setattr(engines, "NOTE_SECONDS", 0.0)
    with WorkerPool(engine.size, context, 600, engine=engine) as pool:
        wait_for(pool, lambda: len(notes) == 1)
        assert notes.pop().startswith("No worker has started on the cluster for 0 seconds: its 0 cores are in use, or")
        first = cluster.add_node(num_cpus=2)
        until_ready(pool, 2)
        assert list(engine.fetched.values()) == [size]
        assert {worker.where for worker in pool.workers} == set(engine.fetched)
        cluster.add_node(num_cpus=1)
        until_ready(pool, 3)
        assert list(engine.fetched.values()) == [size, size]
        pool.give(pool.workers[0], messages.Train(RUN, "0001", 0, (400,)))
        until(pool, lambda heard: isinstance(heard[1], messages.EpochEnded))
        cluster.remove_node(first, allow_graceful=False)
        heard = until(pool, lambda heard: isinstance(heard[1], messages.Died))
        number, died = next((number, each) for number, each in heard if isinstance(each, messages.Died))
        assert (number, died.run, died.blameless) == (0, "0001", True)
        assert died.reason.startswith("The worker's node was lost, or Ray ended its actor (")
        wait_for(pool, lambda: [worker.number for worker in pool.idle()] == [2])
        assert list((tmp_path / "a" / "checkpoints" / "0001").glob("epoch-*.npz"))
        cluster.add_node(num_cpus=2)
        until_ready(pool, 3)
    assert notes == []
    assert capfd.readouterr().out == "", "Ray tells of the lost node where programs may read what a search prints"


@pytest.mark.slow
@pytest.mark.skipif(not X86 or LANES <= NARROW, reason="needs a processor whose vectors can be narrowed")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning")
def test_workers_share_the_gpus_that_there_are_and_say_what_processor_trained(cluster: Any, tmp_path: Path) -> None:
    """Ray counts GPUs as numbers, so a node may claim to have one."""
    import ray

    from keras_search.tuner.workers.on_ray.engine import RayEngine

    context = make_study(tmp_path / "a", megabytes=0)
    cluster.add_node(num_cpus=3)
    narrow = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma"}
    node = cluster.add_node(num_cpus=3, num_gpus=1, env_vars=narrow)
    alone = RayEngine(cluster.address, None, 1, 1, print)
    assert alone.size == 1, "one worker for the only GPU, and none on the node without"
    alone.close()
    engine = RayEngine(cluster.address, 2, 1, 1, print)
    with WorkerPool(engine.size, context, 600, engine=engine) as pool:
        until_ready(pool, 2)
        assert [worker.where for worker in pool.workers] == 2 * [next(iter(engine.fetched))]
        assert f"({node.node_id[:6]})" in next(iter(engine.fetched))
        wait_for(pool, lambda: ray.available_resources().get("GPU", 0.0) == 0.0)
        pool.give(pool.workers[0], messages.Train(RUN, "0001", 0, (400,)))
        _, report = until(pool, lambda heard: isinstance(heard[1], messages.EpochEnded))[-1]
    assert isinstance(report, messages.EpochEnded)
    assert report.processor == platform.machine(), "the kernels compute the same by vectors of any width"
