"""How a study is run: where its files go and how many cores it takes; nothing here decides its result."""

from dataclasses import dataclass
from pathlib import Path

from keras_search.tuner.workers import default_workers


@dataclass(frozen=True)
class Options:
    """Folders and resources of one run of a study; `threads` are the cores that one worker uses."""

    studies_dir: Path = Path("studies")
    reports_dir: Path = Path("reports")
    workers: int | None = None
    threads: int = 1
    search_only: bool = False
    overwrite: bool = False

    @property
    def pool_size(self) -> int:
        """The number of workers."""
        return self.workers or default_workers(self.threads)
