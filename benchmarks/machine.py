"""Describe the machine, the versions and the commit of a measurement."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from keras_search.benchmarks.process import BenchmarkError

PACKAGES = ("tensorflow", "keras", "keras-tuner", "tensorboard", "optuna", "numpy", "numba")
ROOT = Path(__file__).resolve().parent.parent


def describe() -> dict[str, str]:
    """Return the machine and the versions, each on one line.

    Raises:
        BenchmarkError: a package that is compared, or that KerasTuner needs, is not installed.
    """
    memory = psutil.virtual_memory().total / 2**30
    cores = psutil.cpu_count(logical=False) or os.cpu_count()
    return {
        "Machine": f"{_processor()}, {cores} cores ({os.cpu_count()} threads), {memory:.0f} GiB of memory",
        "System": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "Versions": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    }


def now() -> dict[str, str]:
    """Return the date (UTC) and the commit, `-dirty` where files differ from it."""
    return {"date": datetime.now(UTC).date().isoformat(), "commit": _commit()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise BenchmarkError(f"{package} is not installed: python -m pip install {package}") from None


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
