"""Kill the service with SIGKILL at random instants while two searches run and one waits, and compare what they write.

`--kills N` kills N times, in rounds of three studies, until each round has ended. After each kill the service is
started again, and its queue must be right: every study has one job, a job that runs has one process, one that waits has
none. The tables of every study must be, byte for byte, those of the command line. The last line says what came of it,
and the exit code is 0 only if nothing was lost, started twice or different.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

COMMAND = Path(sys.executable).with_name("keras-search")
TABLES = ("trials.csv", "history.csv", "comparison.csv", "verdict.json")
TOKEN = "the-token-of-the-service-soak"
STUDIES: dict[str, dict[str, Any]] = {
    "a": {"tuner": "random", "max_trials": 4, "max_epochs": 12, "compare_seeds": 2, "seed": 1},
    "b": {"tuner": "hyperband", "max_epochs": 4, "compare_seeds": 2, "seed": 2},
    "c": {"tuner": "random", "max_trials": 2, "max_epochs": 4, "compare_seeds": 2, "seed": 3},
}
SHORT = {"tuner": "random", "max_trials": 2, "max_epochs": 2, "compare_seeds": 1}
PATIENCE = 900.0
"""Seconds after which what is waited for counts as lost."""
SETTLING = 60.0
"""Seconds in which the queue of a service that was started again must be right."""


class WrongError(Exception):
    """Say what was not as it must be."""


@dataclass
class Tally:
    """What came of the kills."""

    kills: int = 0
    while_starting: int = 0
    studies: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        line = f"{self.kills} kills, {self.while_starting} of them while the service started"
        return "\n".join([f"{line}, {self.studies} studies compared, {len(self.wrong)} wrong", *self.wrong])


@dataclass
class Service:
    """The service in `home`."""

    home: Path
    process: "subprocess.Popen[str] | None" = None
    url: str = ""

    def start(self) -> None:
        """Start it, without waiting until it answers."""
        with (self.home / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [COMMAND, "serve", "--port", "0", "--jobs", "2"],
                cwd=self.home,
                env={**os.environ, "KERAS_SEARCH_TOKEN": TOKEN},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def ready(self) -> None:
        """Wait until it answers."""
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if " at " not in line:
            raise WrongError(f"The service did not start: {line!r}, {(self.home / 'server.log').read_text()[-2000:]}")
        self.url = line.split(" at ")[-1].strip()
        _until(lambda: self._answers(), "an answer")

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz").status_code == 200
        return False

    def kill(self) -> None:
        """Kill it, and nothing that it has started."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def ask(self, method: str, path: str, **given: Any) -> Any:
        """Send a request and return its answer."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = httpx.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=60, **given)
        if answer.is_error:
            raise WrongError(f"{method} {path}: {answer.text}")
        return answer.json()

    def searches(self) -> Counter[str]:
        """Count the search processes of each study, without the forks by which they draw their reports."""
        lines = {}
        for process in psutil.process_iter(["pid", "ppid", "cmdline", "cwd"]):
            line = process.info["cmdline"] or []
            if process.info["cwd"] == str(self.home) and "start" in line and "keras_search" in line:
                lines[process.info["pid"]] = process.info["ppid"], line
        return Counter(
            line[line.index("start") + 1]
            for parent, line in lines.values()
            if "launch.py" not in " ".join(line) and line != lines.get(parent, (0, []))[1]
        )


def main() -> int:
    """Run the soak and print what came of it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="of the random instants")
    parser.add_argument("--short", action="store_true", help="with smaller studies")
    given = parser.parse_args()
    if given.short:
        STUDIES.update({name: {**SHORT, "seed": number} for number, name in enumerate(STUDIES, 1)})
    folder, tally, rng = Path(tempfile.mkdtemp(prefix="keras-search-service-")), Tally(), random.Random(given.seed)
    service = Service(folder / "service")
    try:
        references = {name: _reference(folder, name) for name in STUDIES}
        service.home.mkdir()
        number = 0
        while tally.kills < given.kills:
            _round(service, f"-{number}", given.kills, rng, references, tally)
            number += 1
    except WrongError as error:
        tally.wrong.append(str(error))
    finally:
        _end_all(folder)
    print(tally)
    if not tally.wrong:
        shutil.rmtree(folder)
    return int(bool(tally.wrong))


def _reference(folder: Path, name: str) -> Path:
    """Run a study by the command line and return its report."""
    options = [
        part for field_, value in STUDIES[name].items() for part in (f"--{field_.replace('_', '-')}", str(value))
    ]
    command = [COMMAND, "start", name, *options, "--workers", "1", "--quiet"]
    (folder / "references").mkdir(exist_ok=True)
    subprocess.run(command, cwd=folder / "references", check=True, capture_output=True)
    return folder / "references" / "reports" / name


def _round(
    service: Service, ending: str, kills: int, rng: random.Random, references: dict[str, Path], tally: Tally
) -> None:
    """Queue three studies, kill the service until they have ended or enough is killed, and compare them."""
    service.start()
    service.ready()
    for name, settings in STUDIES.items():
        service.ask("POST", "/studies", json={"name": name + ending, "settings": settings, "workers": 1})
    while tally.kills < kills and not _all_ended(service, ending):
        time.sleep(rng.choice((0, 0, rng.uniform(0, 0.1), rng.uniform(0, 2))))
        service.kill()
        tally.kills += 1
        service.start()
        if rng.random() < 0.3:
            time.sleep(rng.uniform(0, 2))
            service.kill()
            tally.kills, tally.while_starting = tally.kills + 1, tally.while_starting + 1
            service.start()
        service.ready()
        _until(lambda: not _wrong_in(service, ending), "a queue that fits what runs", SETTLING)
        print(f"{tally.kills}: {dict(service.searches())}", flush=True)
    _until(lambda: _all_ended(service, ending), "the end of all searches")
    for name, reference in references.items():
        tally.studies += 1
        tally.wrong += _differences(service, name + ending, reference)
    service.kill()


def _all_ended(service: Service, ending: str) -> bool:
    ended = service.ask("GET", "/jobs")["ended"]
    return sum(job["study"].endswith(ending) for job in ended) == len(STUDIES)


def _wrong_in(service: Service, ending: str) -> str:
    """Say what does not fit yet, as things change while they are looked at, "" if nothing.

    Raises:
        WrongError: something does not fit, and never may.
    """
    queue, processes = service.ask("GET", "/jobs"), service.searches()
    jobs = [job for part in ("running", "waiting", "ended") for job in queue[part] if job["study"].endswith(ending)]
    names = Counter(job["study"] for job in jobs)
    if names != Counter(name + ending for name in STUDIES):
        raise WrongError(f"a job was lost or doubled: {names}")
    if any(count > 1 for count in processes.values()):
        return f"a search runs twice, and not because the fork of a killed one is about to end: {processes}"
    if any(job["state"] not in ("waiting", "running", "done") for job in jobs):
        raise WrongError(f"a job has the wrong state: {jobs}")
    if len(queue["running"]) > 2:
        raise WrongError(f"more than two searches run: {queue['running']}")
    running = {job["study"] for job in queue["running"]}
    return "" if running == set(processes) else f"the queue says that {running} run, the system {processes}"


def _differences(service: Service, name: str, reference: Path) -> list[str]:
    """Name what is not as the command line wrote it, and whether the study had more than one session."""
    wrong = [
        f"{name}: {table} differs"
        for table in TABLES
        if (service.home / "reports" / name / table).read_bytes() != (reference / table).read_bytes()
    ]
    database = service.home / "studies" / name / "study.db"
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        sessions = connection.execute("SELECT count(*) FROM events WHERE kind = 'session'").fetchone()[0]
    trashed = list((service.home / "studies").glob(f".trash/{name}-*"))
    return wrong + [f"{name}: {sessions} sessions, {trashed}"] * (sessions != 1 or bool(trashed))


def _until(condition: Any, what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise WrongError(f"Not in {seconds:g} seconds: {what}.")
        time.sleep(0.1)


def _end_all(folder: Path) -> None:
    """End every process that works below a folder."""
    for process in psutil.process_iter(["cwd"]):
        if (process.info["cwd"] or "").startswith(f"{folder}{os.sep}"):
            with suppress(psutil.NoSuchProcess):
                process.kill()


if __name__ == "__main__":
    sys.exit(main())
