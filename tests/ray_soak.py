"""Kill nodes of a Ray cluster, and searches on it, with SIGKILL, and compare with the same searches by local workers.

The cluster is three nodes of one core on this machine, and a head without any. `--nodes N` nodes are killed and
`--drivers N` search processes, at random instants of several studies. The last line says what came of it, and the
exit code is 0 only if no study was lost, no byte differs and no more epochs were repeated than allowed.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

from ray.cluster_utils import Cluster
from soak import COMMAND, PATIENCE_SECONDS, SHARED, STUDIES, LostStudyError, Study, Tally

NODES = 3
KILLS_OF_A_STUDY = 8
LOOK_SECONDS = 0.1


@dataclass
class OnCluster(Study):
    """A study with its workers on the cluster at `address`."""

    address: str = ""
    logs: list[Path] = field(default_factory=list)
    """The logs of its workers, as `Logs` has kept them."""

    def launch(self, fault: str = "") -> "subprocess.Popen[str]":
        """Start the study, or resume it where it can be resumed."""
        staged = self.home.with_name(f".{self.name}.starting") / "study.db"
        begun = (self.home / "study.db").exists() or staged.exists()
        command = ("resume", self.name, "--quiet") if begun else ("start", self.name, *SHARED, *self.arguments)
        return subprocess.Popen(
            [COMMAND, *command, "--engine", "ray", "--ray-address", self.address],
            cwd=self.folder,
            env={**os.environ, "KERAS_SEARCH_FAULT": fault},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def epochs_begun(self) -> list[str]:
        """List the epochs that workers began, wherever their nodes are now."""
        return [line for log in self.logs for line in log.read_text().splitlines() if ": epoch " in line]


class Logs:
    """Keep the workers' logs when their nodes' folders are deleted: each is linked as soon as it is seen."""

    def __init__(self, scratch: Path, kept: Path) -> None:
        self._scratch, self._kept, self._over = scratch, kept, threading.Event()
        self.study: OnCluster | None = None
        kept.mkdir()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            for log in self._scratch.glob("keras-search-*/*/slot-*/logs/*.log"):
                place = self._kept / "-".join(log.parts[-4:])
                if not place.exists() and self.study is not None:
                    with suppress(OSError):
                        place.hardlink_to(log)
                        self.study.logs.append(place)


@contextmanager
def make_cluster() -> Iterator[tuple[Any, list[Any]]]:
    """Start a head without cores, and the nodes."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        yield cluster, [_add(cluster) for _ in range(NODES)]
    finally:
        cluster.shutdown()


def _add(cluster: Any) -> Any:
    return cluster.add_node(num_cpus=1, object_store_memory=100 * 2**20)


def soak(folder: Path, nodes: int, drivers: int, rng: random.Random, tally: Tally) -> None:
    """Kill until so many nodes and drivers were killed, in one study after another."""

    @cache
    def reference(tuner: str) -> Study:
        return _finished(Study(folder, f"{tuner}-reference", STUDIES[tuner], workers=1))

    victims = ["node"] * nodes + ["driver"] * drivers
    rng.shuffle(victims)
    with make_cluster() as (cluster, alive):
        logs = Logs(Path(tempfile.gettempdir()), folder / "kept-logs")
        try:
            for number, tuner in enumerate(_turns()):
                study = OnCluster(folder, f"{tuner}-{number}", STUDIES[tuner], NODES, cluster.address)
                logs.study = study
                _through(study, cluster, alive, victims, rng, tally)
                _compare(study, reference(tuner), tally)
                print(f"{study.name}: {tally}", flush=True)
                if not victims:
                    return
        finally:
            logs.close()


def _turns() -> Iterator[str]:
    while True:
        yield from STUDIES


def _through(
    study: OnCluster, cluster: Any, alive: list[Any], victims: list[str], rng: random.Random, tally: Tally
) -> None:
    """Take a study to its end, killing what stands in `victims` on the way."""
    process, most = study.launch(), tally.kills + KILLS_OF_A_STUDY
    while True:
        if not (victims and tally.kills < most and _epoch_begins(study, process, rng)):
            _await_end(process, study.name)
            return
        victim = victims.pop()
        if victim == "node":
            place = rng.randrange(NODES)
            cluster.remove_node(alive[place], allow_graceful=False)
            alive[place] = _add(cluster)
        else:
            process.kill()
            process.communicate()
        tally.kills += 1
        tally.allowed += 1 if victim == "node" else NODES
        print(f"{tally.kills}: {study.name}: killed a {victim}", flush=True)
        if victim == "driver":
            process, tally.resumes = study.launch(), tally.resumes + 1


def _epoch_begins(study: OnCluster, process: "subprocess.Popen[str]", rng: random.Random) -> bool:
    """Wait until workers have begun another epoch, and some time; return whether the search goes on then."""
    before, deadline = len(study.epochs_begun()), time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and len(study.epochs_begun()) <= before:
        if time.monotonic() > deadline:
            process.kill()
            raise LostStudyError(f"{study.name}: no epoch began in {PATIENCE_SECONDS} seconds.")
        time.sleep(0.05)
    with suppress(subprocess.TimeoutExpired):
        process.wait(rng.uniform(0, 1))
    return process.poll() is None


def _finished(study: Study) -> Study:
    _await_end(study.launch(), study.name)
    return study


def _await_end(process: "subprocess.Popen[str]", what: str) -> None:
    """Wait for the end of a session; one that takes too long or fails is lost."""
    try:
        message = process.communicate(timeout=PATIENCE_SECONDS)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        raise LostStudyError(f"{what}: it took longer than {PATIENCE_SECONDS} seconds.") from None
    if process.returncode != 0:
        raise LostStudyError(f"{what}: exit code {process.returncode}. {message}")


def _compare(study: Study, reference: Study, tally: Tally) -> None:
    tally.studies += 1
    tally.different += study.differences(reference)
    begun = study.epochs_begun()
    tally.repeated += len(begun) - len(set(begun))


def main() -> int:
    """Run the soak and print what came of it; give the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nodes", type=int, default=20, help="how many nodes to kill")
    parser.add_argument("--drivers", type=int, default=10, help="how many search processes to kill")
    parser.add_argument("--seed", type=int, default=0, help="of the random instants")
    parser.add_argument("--short", action="store_true", help="with a smaller study")
    given = parser.parse_args()
    if given.short:
        STUDIES["hyperband"] = ("--tuner", "hyperband", "--max-epochs", "4")
    folder, tally = Path(tempfile.mkdtemp(prefix="keras-search-ray-soak-")), Tally()
    scratch = folder / "scratch"
    scratch.mkdir()
    os.environ["RAY_TMPDIR"] = tempfile.gettempdir()  # its sockets allow no long path
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    try:
        soak(folder, given.nodes, given.drivers, random.Random(given.seed), tally)
    except LostStudyError as error:
        tally.lost.append(str(error))
    print(tally)
    if tally.clean:
        shutil.rmtree(folder)
    return 0 if tally.clean else 1


if __name__ == "__main__":
    sys.exit(main())
