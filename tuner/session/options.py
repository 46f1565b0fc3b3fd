"""The options of a run: the place of its files and the number of its cores."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from keras_search.errors import UsageError, did_you_mean
from keras_search.tuner.study.refusal import one_value
from keras_search.tuner.workers.pool import default_workers

Engine = Literal["local", "ray"]
"""Where the workers are: processes of this machine, or actors on a Ray cluster."""
MOST_PER_CORE = 16
"""More workers than that on a core of this machine would only take its memory."""


@dataclass(frozen=True)
class Options:
    """Folders and resources of one run of a study.

    `threads` are the cores that one worker uses. Of these options only they affect the last bits of the result, so a
    study keeps the number that it was started with. `ray_address` is that of a running cluster, None to start Ray here.
    """

    studies_dir: Path = Path("studies")
    reports_dir: Path = Path("reports")
    workers: int | None = None
    threads: int = 1
    search_only: bool = False
    overwrite: bool = False
    verbose: bool = False
    engine: Engine = "local"
    ray_address: str | None = None

    @property
    def pool_size(self) -> int:
        """The number of workers."""
        return self.workers or default_workers(self.threads)


def make_options(
    workers: int | str,
    threads: int,
    studies_dir: Path,
    reports_dir: Path,
    search_only: bool,
    overwrite: bool,
    verbose: bool = False,
    engine: str = "local",
    ray_address: str | None = None,
) -> Options:
    """Check the options of a run; `workers` is a number or `auto`, one for each core of this machine or the cluster.

    Raises:
        UsageError: a number is below 1 or not a number, the engine is unknown, or an address is given without Ray.
    """
    wanted = str(workers)
    if wanted != "auto" and not (wanted.isdigit() and int(wanted) >= 1):
        raise UsageError(f"--workers must be auto or a number of at least 1, received {one_value(workers)}.")
    if isinstance(threads, bool) or not isinstance(threads, int):
        raise UsageError(f"--threads must be a whole number, received {one_value(threads)}.")
    if threads < 1:
        raise UsageError(f"--threads must be at least 1, received {threads}.")
    size = None if wanted == "auto" else int(wanted)
    chosen = _checked_engine(engine, ray_address)
    most = MOST_PER_CORE * max(os.cpu_count() or 1, 4)
    if chosen == "local" and size is not None and size > most:
        raise UsageError(f"--workers must be auto or at most {most} on this machine, received {size}.")
    return Options(studies_dir, reports_dir, size, threads, search_only, overwrite, verbose, chosen, ray_address)


def _checked_engine(engine: str, ray_address: str | None) -> Engine:
    if not isinstance(engine, str) or engine not in get_args(Engine):
        close = did_you_mean(engine, get_args(Engine))
        raise UsageError(f"--engine must be local or ray, received {one_value(engine)}.{close}")
    if engine == "local" and ray_address is not None:
        raise UsageError(f"--ray-address {ray_address} is for --engine ray: add that, or leave the address out.")
    return "ray" if engine == "ray" else "local"
