"""Run a command to its end and measure the whole process: wall time, CPU time and peak memory."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.25
MEGABYTE = 2**20


class BenchmarkError(Exception):
    """Raised if a measurement could not be made."""


@dataclass(frozen=True)
class Usage:
    """What a process used from its start to its exit, the processes that it started included.

    `seconds` of wall time; `cpu_seconds` of all cores together, as last seen of what nobody waited for. `peak_mb`
    is the peak resident memory of the process itself, `worker_mb` that of the largest that it started (0 where
    there was none), `total_mb` the largest sum over all of them at one moment, in which pages that processes share
    count for each; in MiB.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    worker_mb: float
    total_mb: float


def run(command: Sequence[str], log: Path) -> Usage:
    """Run a command, its output into `log`, and measure it.

    Raises:
        BenchmarkError: it ended with an exit code other than 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as on a user's machine
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        watched = _Watched(process.pid)
        watched.start()
        cpu_seconds = _wait(process)
        seconds = time.perf_counter() - began
    watched.stop()
    if process.returncode != 0:
        raise BenchmarkError(f"{' '.join(command)} ended with exit code {process.returncode}: see {log}.")
    peak, worker, total = (amount / MEGABYTE for amount in watched.peaks())
    return Usage(seconds, max(cpu_seconds, watched.cpu_seconds()), peak, worker, total)


def script(module: str, *arguments: str | Path) -> list[str]:
    """Return the command that runs a module of this folder with the Python that runs this one."""
    return [sys.executable, "-m", f"keras_search.benchmarks.{module}", *map(str, arguments)]


def installed(command: str) -> str:
    """Return the path of a command that is installed beside this Python."""
    return str(Path(sys.executable).with_name(command))


def _wait(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process to end, or end it if this one is interrupted; give its CPU seconds and its children's."""
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


@dataclass
class _Watched:
    """Watch the memory, in bytes, and the CPU seconds of a process and its descendants every `SAMPLE_SECONDS`."""

    pid: int
    highest: dict[int, int] = field(default_factory=dict)
    cpu: dict[int, float] = field(default_factory=dict)
    total: int = 0

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def peaks(self) -> tuple[int, int, int]:
        """Return the peak of the process, of its largest child, and of all together."""
        own = self.highest.get(self.pid, 0)
        child = max((peak for pid, peak in self.highest.items() if pid != self.pid), default=0)
        return own, child, max(self.total, own, child)

    def cpu_seconds(self) -> float:
        """Return the total of what each had used when it was last observed."""
        return sum(self.cpu.values())

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.total = max(self.total, sum(self._look()))

    def _look(self) -> list[int]:
        now = []
        try:
            root = psutil.Process(self.pid)
            processes = [root, *root.children(recursive=True)]
        except psutil.Error:
            return now
        for process in processes:
            try:
                resident, times = process.memory_info().rss, process.cpu_times()
            except psutil.Error:
                continue
            self.cpu[process.pid] = times.user + times.system
            now.append(resident)
            self.highest[process.pid] = max(self.highest.get(process.pid, 0), _high_water(process.pid) or resident)
        return now


def _high_water(pid: int) -> int:
    """Return the peak resident memory that Linux records for a process, in bytes; 0 if there is none."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, UnicodeDecodeError):
        pass
    return 0
