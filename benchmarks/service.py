"""Measure the service: memory, start-up, a study of 10,000 trials, and a hundred listeners while a search commits.

    python -m benchmarks.service [--repetitions 3] [--trials 40] [--output benchmarks/results.md]

Everything runs on this machine, the listeners too, so the search loses to them what it would not to browsers elsewhere.
"""

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from keras_search.benchmarks import large_study, machine, sections

COMMAND = Path(sys.executable).with_name("keras-search")
TOKEN = "a-token-for-the-benchmark"
LISTENERS = 100
LARGE = 10_000
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
PATIENCE = 120.0


@dataclass
class Rows:
    """The rows of the table of measures, printed as they come."""

    lines: list[str] = field(default_factory=lambda: ["| measure | value | at most |", "| --- | ---: | ---: |"])

    def put(self, measure: str, value: str, most: str = "") -> None:
        """Add a row."""
        self.lines.append(f"| {measure} | {value} | {most} |")
        print(self.lines[-1], flush=True)


@dataclass
class Heard:
    """When each listener received each message, by the number of events that the message tells of."""

    moments: list[list[tuple[int, float]]] = field(default_factory=lambda: [[] for _ in range(LISTENERS)])

    def delays(self, events: Sequence[tuple[int, float]]) -> list[float]:
        """Return for each event how long it took until the last listener knew of it, in seconds."""
        found = []
        for number, moment in events:
            seen = [next((at for count, at in each if count >= number), None) for each in self.moments]
            found.append(max(at - moment for at in seen if at is not None) if None not in seen else float("inf"))
        return found


def main() -> None:
    """Print the measures as the rows of a table, and write them into a page if one is named."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--repetitions", type=int, default=3)
    arguments.add_argument("--trials", type=int, default=40)
    arguments.add_argument("--output", type=Path, help="the page whose section on the service is written anew")
    options = arguments.parse_args()
    rows, load = Rows(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        (home / "studies").mkdir()
        large_study.create(home / "studies" / "large", LARGE)
        measure_reading(home, rows)
        measure_listening(home, options.repetitions, options.trials, rows)
    if options.output is not None:
        sections.write(options.output, section(rows, load))


def section(rows: Rows, load: float) -> str:
    """Return the section of the page; `load` is how many processes were busy just before."""
    facts, when = machine.describe(), machine.now()
    about = (
        f"`python -m benchmarks.service` prints this table: a service, a study of {LARGE:,} trials of "
        f"{large_study.EPOCHS} epochs, and {LISTENERS} connections that listen to a search of the digits, all on this "
        f"machine. {facts['Machine']}; {when['date']}, commit {when['commit']}; {load:.1f} other processes busy at the "
        "start."
    )
    if load > 1:
        about += " With others busy, the times that passed are upper limits, and the loss of speed is mostly theirs."
    return "\n".join(["## The service", "", about, "", *rows.lines, ""])


def measure_reading(home: Path, rows: Rows) -> None:
    """Measure start-up, memory, and the answers about the large study, each first and second time."""
    with served(home) as (url, process, started):
        rows.put("start-up until the first answer", f"{started:.2f} s ({cpu(process):.2f} s of a core)", "1.5 s")
        rows.put("memory of the server at its start", memory(process), "200 MB")
        with httpx.Client(base_url=url, headers=HEADERS, timeout=PATIENCE) as client:
            first = answered(client, "/api/v1/studies/large/trials?limit=100")
            rows.put(f"first page of {LARGE:,} trials, nothing in memory", f"{1000 * first:.0f} ms", "300 ms")
            again = statistics.median(answered(client, "/api/v1/studies/large/trials?limit=100") for _ in range(10))
            rows.put(f"first page of {LARGE:,} trials", f"{1000 * again:.0f} ms", "300 ms")
            by_score = answered(client, "/api/v1/studies/large/trials?sort=score&descending=true")
            rows.put("the same, sorted by score", f"{1000 * by_score:.0f} ms", "300 ms")
    with served(home) as (url, process, _), httpx.Client(base_url=url, headers=HEADERS, timeout=PATIENCE) as client:
        parts = ("/studies/large", "/api/v1/studies/large?wait=0", "/api/v1/studies/large/trials?limit=100")
        before = cpu(process)
        page = sum(answered(client, path) for path in parts)
        value = f"{page:.2f} s ({cpu(process) - before:.2f} s of a core)"
        rows.put(f"page of a study of {LARGE:,} trials with its data, nothing in memory", value, "2 s")
        charts = answered(client, "/api/v1/studies/large/charts?wait=0")
        rows.put("its charts, without waiting for the importance", f"{charts:.2f} s", "2 s")
        rows.put("memory of the server after that", memory(process), "200 MB")


def measure_listening(home: Path, repetitions: int, trials: int, rows: Rows) -> None:
    """Measure a search alone and with listeners, in turns, and how soon these know of each commit."""
    alone: list[float] = []
    heard: list[float] = []
    delays: list[float] = []
    busy: list[float] = []
    listening: list[float] = []
    most = ""
    for number in range(repetitions):
        alone.append(search(home, f"alone-{number}", trials))
        with served(home) as (url, process, _):
            before, own, began = cpu(process), time.process_time(), time.perf_counter()
            seconds, found = asyncio.run(listened_search(home, f"heard-{number}", trials, url))
            passed = (time.perf_counter() - began) * (os.cpu_count() or 1)
            busy.append((cpu(process) - before) / passed)
            listening.append((time.process_time() - own) / passed)
            heard.append(seconds)
            delays += found
            most = memory(process)
    lost = statistics.median(b / a - 1 for a, b in zip(alone, heard, strict=True))
    rows.put(f"search of {trials} trials alone", f"{statistics.median(alone):.2f} s")
    rows.put(f"the same with {LISTENERS} listeners", f"{statistics.median(heard):.2f} s")
    rows.put("speed that the search loses", f"{lost:.1%}", "3%")
    rows.put("share of all cores that the server took meanwhile", f"{statistics.median(busy):.1%}")
    rows.put("and that the listeners took, which are elsewhere otherwise", f"{statistics.median(listening):.1%}")
    slowest = f"commit until all {LISTENERS} listeners know, the slowest of {len(delays)}"
    rows.put(slowest, f"{max(delays):.2f} s", "2 s")
    rows.put("the same, median", f"{statistics.median(delays):.2f} s")
    rows.put("memory of the server after that", most, "200 MB")


async def listened_search(home: Path, name: str, trials: int, url: str) -> tuple[float, list[float]]:
    """Run a search with listeners; return the seconds that its trials took, and the delays of its commits."""
    heard = Heard()
    process = await asyncio.create_subprocess_exec(*command(name, trials), cwd=home, stdout=-3, stderr=-3)
    while not (home / "studies" / name / "study.db").is_file():
        await asyncio.sleep(0.05)
    tasks = [asyncio.create_task(listen(url, name, moments)) for moments in heard.moments]
    await process.wait()
    await asyncio.sleep(3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    events = events_of(home, name)
    joined = max(moments[0][1] for moments in heard.moments)
    return searched(events), heard.delays([(number, at) for number, at in events if at > joined])


async def listen(url: str, name: str, moments: list[tuple[int, float]]) -> None:
    """Receive the events of a study over a connection of our own."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    request = (
        f"GET /api/v1/studies/{name}/events HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    )
    writer.write(request.encode())
    with suppress(asyncio.CancelledError):
        while line := await reader.readline():
            if line.startswith(b"data: {"):
                moments.append((int(json.loads(line[6:])["version"].partition(".")[0]), time.time()))
    writer.close()


def search(home: Path, name: str, trials: int) -> float:
    """Run a search, and return the seconds that its trials took."""
    subprocess.run(command(name, trials), cwd=home, check=True, capture_output=True)
    return searched(events_of(home, name))


def command(name: str, trials: int) -> list[str]:
    """Return the command of a search of the digits without a comparison."""
    options = ["--tuner", "random", "--max-trials", str(trials), "--max-epochs", "10", "--search-only", "--quiet"]
    return [str(COMMAND), "start", name, *options]


def events_of(home: Path, name: str) -> list[tuple[int, float]]:
    """Return the number and the time of each event of a study."""
    connection = sqlite3.connect(home / "studies" / name / "study.db")
    try:
        return connection.execute("SELECT id, time FROM events ORDER BY id").fetchall()
    finally:
        connection.close()


def searched(events: Sequence[tuple[int, float]]) -> float:
    return events[-1][1] - events[1][1]


@contextmanager
def served(home: Path) -> Iterator[tuple[str, psutil.Process, float]]:
    """Run the service; give its address, its process, and the seconds until its first answer."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0"],
        cwd=home,
        env={**os.environ, "KERAS_SEARCH_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split(" at ")[-1].strip()
        while not _answers(url):
            time.sleep(0.01)
        yield url, psutil.Process(process.pid), time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def _answers(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/healthz").status_code == 200
    return False


def answered(client: httpx.Client, path: str) -> float:
    """Return the seconds until an answer is there."""
    began = time.perf_counter()
    client.get(path).raise_for_status()
    return time.perf_counter() - began


def cpu(process: psutil.Process) -> float:
    """Return the seconds that a process has computed: on a busy machine they say more than those that passed."""
    return float(sum(process.cpu_times()[:2]))


def memory(process: psutil.Process) -> str:
    return f"{process.memory_info().rss / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
