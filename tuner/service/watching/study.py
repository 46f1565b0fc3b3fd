"""What there is to tell of one study."""

import json
from collections.abc import Callable
from typing import Any

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.reading.detail import commit_event
from keras_search.tuner.service.reading.library import Library
from keras_search.tuner.service.reading.rows import JobOf
from keras_search.tuner.service.watching.watcher import News, message
from keras_search.tuner.study.database import holder_of
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.snapshot import state_of
from keras_search.tuner.system.text import storable, visible


class StudyNews:
    """Look at a study: `commit` after each commit, `state` if only its state has changed, `end` if it is gone."""

    def __init__(self, library: Library, folder: StudyFolder, job: Callable[[], JobOf | None]) -> None:
        self._library, self._folder, self._job = library, folder, job
        self._seen: Any = None
        self._version = ""

    def __call__(self) -> News | None:
        """Return news since the last look."""
        job = self._job()
        seen = (state_of(self._folder.database), holder_of(self._folder.root), job)
        if seen == self._seen:
            return None
        if seen[0] is None:
            return self._ended()
        try:
            event = commit_event(self._library, self._folder, job)
        except KerasSearchError as error:
            return self._damaged(seen, error)
        self._seen = None if event.verdict_pending else seen
        identifier = f"{event.version}-{event.state}{'-pending' * event.verdict_pending}"
        kind = "state" if event.version == self._version else "commit"
        self._version = event.version
        return _news(kind, identifier, event.model_dump_json())

    def _ended(self) -> News:
        self._library.forget(self._folder)
        text = message("end", "end", json.dumps({"study": storable(self._folder.name)}))
        return News("end", lambda _: text, last=True)

    def _damaged(self, seen: Any, error: KerasSearchError) -> News:
        self._seen, self._version = seen, ""
        problem = visible(storable(str(error)), lines=False)
        data = json.dumps({"study": storable(self._folder.name), "state": "damaged", "problem": problem})
        return _news("state", f"damaged-{hash(data):x}", data)


def _news(event: str, identifier: str, data: str) -> News:
    text = message(event, identifier, data)
    return News(identifier, lambda _: text)
