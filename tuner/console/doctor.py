"""Check what is installed, which devices TensorFlow sees, the caches and the studies, and advise on problems."""

import gzip
import importlib.metadata
import os
import platform
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from keras_search.errors import KerasSearchError
from keras_search.tuner.console import terminal
from keras_search.tuner.study.folder import StudyFolder, existing_studies
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.cpu import FEATURES, FUSES, MACHINE
from keras_search.tuner.system.versions import KERNEL_PACKAGES
from keras_search.tuner.workers.pool import default_workers

LEAST_FREE = 1_000_000_000
"""Bytes of free disk below which a search may run out of room."""
STYLES = {"ok": "green", "note": "yellow", "bad": "red"}
FASHION_FILES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


@dataclass(frozen=True)
class Finding:
    """The result of one check: `state` is ok, note (may stay as it is) or bad."""

    what: str
    state: str
    found: str
    advice: str = ""


def examine(studies_dir: Path) -> list[Finding]:
    """Check everything that a search needs."""
    machine = (_python(), *_packages(), _processor(), _devices(), _cores(), _disk(studies_dir))
    return [*machine, *_caches(), *_studies(studies_dir)]


def table(findings: list[Finding]) -> Table:
    """Format the findings as a table."""
    table = terminal.table("", "what", "found", "what to do")
    for finding in findings:
        state = terminal.cell(finding.state, STYLES[finding.state])
        terminal.add_row(table, state, finding.what, finding.found, finding.advice)
    return table


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.machine()}"
    fits = (3, 11) <= sys.version_info < (3, 14)
    return Finding("Python", "ok", found) if fits else Finding("Python", "bad", found, "Use Python 3.11, 3.12 or 3.13.")


def _packages() -> Iterator[Finding]:
    """Check every package that keras-search requires; those for the export are optional."""
    for line in importlib.metadata.requires("keras-search") or []:
        name, extra = re.split(r"[<>=!~; \[]", line, maxsplit=1)[0], "extra ==" in line
        if extra and "export" not in line.partition("extra ==")[2]:
            continue
        try:
            yield Finding(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            advice = "For onnx and litert: pip install 'keras-search[export]'" if extra else f"pip install '{line}'"
            spared = extra or name in KERNEL_PACKAGES
            slower = "Without it TensorFlow trains every network, which takes longer: " * (name in KERNEL_PACKAGES)
            yield Finding(name, "note" if spared else "bad", "not installed", f"{slower}{advice}")


def _processor() -> Finding:
    """Tell of a processor on which the kernels are slow; what they compute is the same on each."""
    if FUSES or FEATURES is None:
        return Finding("processor", "ok", MACHINE)
    advice = "The kernels take many times as long for a product; --no-kernels trains by TensorFlow, maybe faster."
    return Finding("processor", "note", MACHINE, advice)


def _devices() -> Finding:
    from keras_search.tuner.system.quiet import silent_stderr

    try:
        with silent_stderr():
            import tensorflow as tf

            devices = [device.device_type for device in tf.config.list_physical_devices()]
    except Exception as error:  # a broken TensorFlow has many ways to say so
        advice = "Install TensorFlow again: pip install --force-reinstall tensorflow"
        return Finding("devices", "bad", f"TensorFlow cannot be imported: {error}", advice)
    counts = [f"{devices.count(kind)} {kind}" for kind in dict.fromkeys(devices)]
    if "GPU" in devices or not shutil.which("nvidia-smi"):
        return Finding("devices", "ok", ", ".join(counts))
    advice = "There is a GPU that TensorFlow does not see: pip install 'tensorflow[and-cuda]'"
    return Finding("devices", "note", ", ".join(counts), advice)


def _cores() -> Finding:
    workers = default_workers(1)
    return Finding("workers", "ok", f"{workers} by default, one per core")


def _disk(studies_dir: Path) -> Finding:
    """Check the disk that studies are on, or would be created on."""
    place = next(path for path in (studies_dir.absolute(), *studies_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        return Finding("disk", "bad", f"{place} is not writable", "Choose another --studies-dir.")
    if free < LEAST_FREE:
        return Finding(
            "disk", "note", f"{free / 1e9:.1f} GB free in {place}", "Free some space, or choose another --studies-dir."
        )
    return Finding("disk", "ok", f"{free / 1e9:.0f} GB free")


def _caches() -> Iterator[Finding]:
    """Read the downloaded data sets to the end, which finds truncated downloads."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    files = {
        "mnist": [home / "mnist.npz"],
        "fashion-mnist": [home / "fashion-mnist" / f"{name}-ubyte.gz" for name in FASHION_FILES],
    }
    for name, paths in files.items():
        missing = [path for path in paths if not path.is_file()]
        damaged = [path for path in paths if path.is_file() and not _is_whole(path)]
        if damaged:
            yield Finding(name, "bad", f"{damaged[0]} is damaged", "Delete it; the next search downloads it again.")
        elif missing:
            yield Finding(name, "note", "not downloaded yet", f"The first search with --dataset {name} downloads it.")
        else:
            yield Finding(name, "ok", str(home))


def _is_whole(path: Path) -> bool:
    with suppress(OSError, EOFError, zipfile.BadZipFile, ValueError):
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                while file.read(1 << 20):
                    pass
            return True
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    return False


def _studies(studies_dir: Path) -> Iterator[Finding]:
    for name in existing_studies(studies_dir):
        folder = StudyFolder(studies_dir / name)
        try:
            with Store.read(folder.root) as store:
                done = store.array("sample_indices") is not None
        except KerasSearchError as error:
            yield Finding(f"study {name}", "bad", str(error))
            continue
        if done:
            yield Finding(f"study {name}", "ok", "done")
        elif not folder.data.is_dir():
            advice = f"Start it again: {folder.command('start')} --overwrite"
            yield Finding(f"study {name}", "bad", "its prepared data are missing", advice)
        else:
            yield Finding(f"study {name}", "note", "not finished", f"Continue it: {folder.command('resume')}")
