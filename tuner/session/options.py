"""The options of a run: the place of its files and the number of its cores."""

from dataclasses import dataclass
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.tuner.workers.pool import default_workers


@dataclass(frozen=True)
class Options:
    """Folders and resources of one run of a study.

    `threads` are the cores that one worker uses. Of these options only they affect the last bits of the result, so a
    study keeps the number that it was started with.
    """

    studies_dir: Path = Path("studies")
    reports_dir: Path = Path("reports")
    workers: int | None = None
    threads: int = 1
    search_only: bool = False
    overwrite: bool = False
    verbose: bool = False

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
) -> Options:
    """Check the options of a run; `workers` is a number or `auto`, one for each core.

    Raises:
        UsageError: a number is below 1 or not a number.
    """
    wanted = str(workers)
    if wanted != "auto" and not (wanted.isdigit() and int(wanted) >= 1):
        raise UsageError(f"--workers must be auto or a number of at least 1, received {workers!r}.")
    if threads < 1:
        raise UsageError(f"--threads must be at least 1, received {threads}.")
    size = None if wanted == "auto" else int(wanted)
    return Options(studies_dir, reports_dir, size, threads, search_only, overwrite, verbose)
