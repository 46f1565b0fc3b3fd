"""What there is to tell of all studies and of the queue."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from keras_search.tuner.service.reading.library import Library
from keras_search.tuner.service.reading.rows import Jobs, study_row
from keras_search.tuner.service.watching.watcher import News, message
from keras_search.tuner.study.database import holder_of
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.snapshot import state_of
from keras_search.tuner.system.text import storable


@dataclass(frozen=True)
class _Row:
    """The row of a study as JSON, what it was made of, and the number of the message that it came with."""

    seen: Any
    json: str
    count: int


class StudiesNews:
    """Look at all studies: `studies` with the rows that have changed, `queue` if that has.

    A listener that has received no message of this service yet gets all rows, and `all` is true.
    """

    def __init__(
        self,
        library: Library,
        folders: Callable[[], Sequence[StudyFolder]],
        jobs: Callable[[], Jobs],
        queue: Callable[[], int],
    ) -> None:
        self._library, self._folders, self._jobs, self._queue = library, folders, jobs, queue
        self._rows: dict[str, _Row] = {}
        self._removed: dict[str, int] = {}
        self._revision: int | None = None
        self._service = secrets.token_hex(4)
        self._count = 0

    def __call__(self) -> News | None:
        """Return news since the last look."""
        jobs, revision, count = self._jobs(), self._queue(), self._count + 1
        rows = {folder.name: self._row(folder, jobs, count) for folder in self._folders()}
        removed = {name: count for name in self._rows if name not in rows}
        news = bool(removed) or revision != self._revision or any(row.count == count for row in rows.values())
        self._rows, self._revision = rows, revision
        self._removed = {name: at for name, at in (self._removed | removed).items() if name not in rows}
        if not news:
            return None
        self._count = count
        return News(f"{self._service}.{count}", cache(partial(self._since, rows, self._removed, revision, count)))

    def _since(
        self, rows: Mapping[str, _Row], removed: Mapping[str, int], revision: int, count: int, known: str | None
    ) -> bytes:
        """Return the message for a listener that has received those up to `known`."""
        service, _, number = (known or "").partition(".")
        before = int(number) if service == self._service and number.isdigit() else 0
        changed = ",".join(row.json for row in rows.values() if row.count > before)
        gone = json.dumps([storable(name) for name, at in removed.items() if at > before])
        identifier = f"{self._service}.{count}"
        whole = json.dumps(not before)
        studies = message("studies", identifier, f'{{"studies":[{changed}],"removed":{gone},"all":{whole}}}')
        return studies + message("queue", identifier, json.dumps({"revision": revision}))

    def _row(self, folder: StudyFolder, jobs: Jobs, count: int) -> _Row:
        seen = state_of(folder.database), holder_of(folder.root), jobs.get(folder.name)
        known = self._rows.get(folder.name)
        if known is not None and known.seen == seen:
            return known
        row = study_row(self._library, folder, jobs)
        text = row.model_dump_json()
        same = known is not None and known.json == text
        return _Row(None if row.verdict_pending else seen, text, known.count if known and same else count)
