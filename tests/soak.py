"""Kill real searches with SIGKILL, resume them, and compare what they write with the uninterrupted run.

Every study is run by the installed command, in a session of its own. `--kills N` kills N times at random
instants; without it, each dangerous instant of `faults.py` is met once. The last line says what came of it, and
the exit code is 0 only if no study was lost, no byte differs and no more epochs were repeated than allowed.
"""

import argparse
import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from keras_search.tuner.workers.loop import MAX_DEATHS, MAX_STARTS

COMMAND = Path(sys.executable).with_name("keras-search")
FILES = ("trials.csv", "history.csv", "comparison.csv", "verdict.json")
SHARED = ("--dataset", "digits", "--compare-seeds", "2", "--quiet")
STUDIES = {
    "hyperband": ("--tuner", "hyperband", "--max-epochs", "9"),
    "random": ("--tuner", "random", "--max-trials", "6", "--max-epochs", "4"),
}
INSTANTS = (
    "study created:1:self",
    "inside commit:3:self",
    "checkpoint partial:2:search",
    "after commit:4:self",
    "checkpoint renamed:2:search",
    "promotion:1:self",
    "model partial:1:search",
    "model saved:1:search",
    "before evaluated:1:search",
    "folder swap:1:self",
    "folder swapped:1:self",
)
STARTS = ("study swap:1:self", "study in place:1:self")
"""Instants of a start alone, each met by a study of its own."""
PATIENCE_SECONDS = 900
"""A session that takes longer counts as lost."""


class LostStudyError(Exception):
    """Say why a study came to no end."""


@dataclass
class Tally:
    """What came of the kills."""

    kills: int = 0
    resumes: int = 0
    studies: int = 0
    repeated: int = 0
    allowed: int = 0
    lost: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost."""
        return not self.lost and not self.different and self.repeated <= self.allowed

    def __str__(self) -> str:
        line = (
            f"{self.kills} kills, {self.resumes} resumes, {self.studies} studies finished, "
            f"{self.repeated} epochs repeated (at most {self.allowed}), "
            f"{len(self.different)} differing files, {len(self.lost)} studies lost"
        )
        return "\n".join([line, *self.different, *self.lost])


@dataclass
class Study:
    """One study below `folder`, started or resumed until it is done."""

    folder: Path
    name: str
    arguments: tuple[str, ...]
    workers: int

    @property
    def home(self) -> Path:
        """Where the study is kept."""
        return self.folder / "studies" / self.name

    def launch(self, fault: str = "") -> "subprocess.Popen[str]":
        """Start the study, or resume it where it can be resumed."""
        staged = self.home.with_name(f".{self.name}.starting") / "study.db"
        begun = (self.home / "study.db").exists() or staged.exists()
        command = ("resume", self.name, "--quiet") if begun else ("start", self.name, *SHARED, *self.arguments)
        return subprocess.Popen(
            [COMMAND, *command, "--workers", str(self.workers)],
            cwd=self.folder,
            env={**os.environ, "KERAS_SEARCH_FAULT": fault},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def epochs_begun(self) -> list[str]:
        """List the epochs that workers began, as their logs tell."""
        logs = [path.read_text(errors="replace") for path in self.home.glob("logs/*.log")]
        return [line for log in logs for line in log.splitlines() if ": epoch " in line]

    def strained(self) -> bool:
        """Whether one more kill may make a run fail, as it should after so many of them in one epoch."""
        if not (self.home / "study.db").exists():
            return False
        with closing(sqlite3.connect(f"{(self.home / 'study.db').as_uri()}?mode=ro", uri=True, timeout=30)) as base:
            deaths, starts = base.execute("SELECT max(deaths), max(attempts) FROM runs").fetchone()
        return (deaths or 0) >= MAX_DEATHS - 1 or (starts or 0) >= MAX_STARTS - 1

    def differences(self, reference: "Study") -> list[str]:
        """Name the files that are not, byte for byte, those of `reference`."""
        ours, theirs = (study.folder / "reports" / study.name for study in (self, reference))
        pairs = ((name, ours / name, theirs / name) for name in FILES)
        return [f"{ours / name}" for name, one, other in pairs if one.read_bytes() != other.read_bytes()]


def main() -> int:
    """Run the soak and print what came of it; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, help="kill so many times at random; without it, at each instant once")
    parser.add_argument("--seed", type=int, default=0, help="of the random instants")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder where none is given")
    given = parser.parse_args()
    if given.folder and given.folder.is_dir() and any(given.folder.iterdir()):
        parser.error(f"{given.folder} is not empty: the studies in it would count as killed here. Name a new folder.")
    folder = given.folder.resolve() if given.folder else Path(tempfile.mkdtemp(prefix="keras-search-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    try:
        if given.kills is None:
            soak_instants(folder, tally)
        else:
            soak_random(folder, given.kills, random.Random(given.seed), tally)
    except LostStudyError as error:
        tally.lost.append(str(error))
    print(tally)
    if tally.clean and given.folder is None:
        shutil.rmtree(folder)
    return 0 if tally.clean else 1


def soak_instants(folder: Path, tally: Tally) -> None:
    """Kill one Hyperband study with two workers at each dangerous instant in turn, and others at those of a start.

    They are in another folder than the uninterrupted one, and have another name.
    """
    arguments = ("--tuner", "hyperband", "--max-epochs", "4")
    for place in ("here", "there"):
        (folder / place).mkdir()
    reference = _finished(Study(folder / "here", "reference", arguments, workers=1))
    study = Study(folder / "there", "killed", arguments, workers=2)
    for instant in INSTANTS:
        _meet(study, instant, tally)
    _compare(_finished(study), reference, tally)
    for number, instant in enumerate(STARTS):
        begun = Study(folder / "there", f"begun-{number}", arguments, workers=2)
        _meet(begun, instant, tally)
        _compare(_finished(begun), reference, tally)


def _meet(study: Study, instant: str, tally: Tally) -> None:
    """Start or resume a study until it is killed at an instant."""
    _await_end(study.launch(instant), instant, expected=-signal.SIGKILL)
    _count_kill(tally, f"killed {instant.split(':')[0]}", study.workers)
    tally.resumes += 1


def soak_random(folder: Path, kills: int, rng: random.Random, tally: Tally) -> None:
    """Kill at random until `kills` is reached, a quarter of them in each of the four combinations."""
    references = {
        tuner: _finished(Study(folder, f"{tuner}-reference", arguments, workers=1))
        for tuner, arguments in STUDIES.items()
    }
    for place, (tuner, workers) in enumerate(itertools.product(STUDIES, (1, 2))):
        goal = kills * (place + 1) // 4
        for number in itertools.count():
            study, done = Study(folder, f"{tuner}-{workers}-{number}", STUDIES[tuner], workers), False
            while tally.kills < goal and not done:
                done = _killed_session(study, rng, tally)
                tally.resumes += not done
            _compare(study if done else _finished(study), references[tuner], tally)
            print(f"{study.name}: {tally}", flush=True)
            if tally.kills >= goal:
                break


def _killed_session(study: Study, rng: random.Random, tally: Tally) -> bool:
    """Run a study until a kill ends its search process; whether it came to its end before."""
    process = study.launch()
    while True:
        at_start = rng.random() < 0.2
        if not at_start:
            _wait_for_epoch(study, process)
        _sleep(rng.uniform(0, 6 if at_start else 2), process)
        if process.poll() is not None:
            _await_end(process, study.name)
            return True
        victim = rng.choice(("search", "worker", "worker", "server", "all"))
        if study.strained():
            continue
        if _kill(victim, process, rng):
            _count_kill(tally, f"{study.name}: killed {victim}", 1 if victim == "worker" else study.workers)
        if victim in ("search", "all"):
            process.communicate()
            return False


def _wait_for_epoch(study: Study, process: "subprocess.Popen[str]") -> None:
    """Wait until a worker begins another epoch, or the process ends."""
    before, deadline = len(study.epochs_begun()), time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and len(study.epochs_begun()) <= before:
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            raise LostStudyError(f"{study.name}: no epoch began in {PATIENCE_SECONDS} seconds.")
        time.sleep(0.05)


def _sleep(seconds: float, process: "subprocess.Popen[str]") -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _kill(victim: str, process: "subprocess.Popen[str]", rng: random.Random) -> bool:
    """Send SIGKILL to one process or to all at once, as `victim` says; whether there was one.

    The server is what workers and the helper are forked from; the helper counts as a worker.
    """
    if victim == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif victim == "search":
        process.kill()
    else:
        servers = list(_servers(process))
        chosen = servers if victim == "server" else [forked for server in servers for forked in _alive(server)]
        if not chosen:
            return False
        with suppress(psutil.NoSuchProcess):
            rng.choice(chosen).kill()
    return True


def _servers(process: "subprocess.Popen[str]") -> Iterator[psutil.Process]:
    """Give the process that workers are forked from, or two while one takes the place of another."""
    with suppress(psutil.NoSuchProcess):
        yield from (child for child in _alive(psutil.Process(process.pid)) if "forkserver" in " ".join(child.cmdline()))


def _alive(process: psutil.Process) -> Iterator[psutil.Process]:
    """Give the children of a process; one that ends while it is looked at is none."""
    with suppress(psutil.NoSuchProcess):
        yield from (child for child in process.children() if child.status() != psutil.STATUS_ZOMBIE)


def _count_kill(tally: Tally, what: str, running: int) -> None:
    tally.kills += 1
    tally.allowed += running
    print(f"{tally.kills}: {what}", flush=True)


def _finished(study: Study) -> Study:
    """Run a study to its end without a further kill."""
    _await_end(study.launch(), study.name)
    return study


def _await_end(process: "subprocess.Popen[str]", what: str, expected: int = 0) -> None:
    """Wait for the end of a session; one that takes too long or ends in another way than expected is lost."""
    try:
        message = process.communicate(timeout=PATIENCE_SECONDS)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise LostStudyError(f"{what}: it took longer than {PATIENCE_SECONDS} seconds.") from None
    if process.returncode != expected:
        raise LostStudyError(f"{what}: exit code {process.returncode} instead of {expected}. {message}")


def _compare(study: Study, reference: Study, tally: Tally) -> None:
    """Compare a finished study with the uninterrupted one."""
    tally.studies += 1
    tally.different += study.differences(reference)
    begun = study.epochs_begun()
    tally.repeated += len(begun) - len(set(begun))


if __name__ == "__main__":
    sys.exit(main())
