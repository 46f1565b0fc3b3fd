"""The watchers of the service, each made when somebody listens."""

from collections.abc import AsyncIterator, Callable

from sse_starlette import EventSourceResponse

from keras_search.tuner.service.watching.watcher import News, Watcher

Look = Callable[[], News | None]
HEARTBEAT = 15
"""Seconds between two comments that keep a connection from looking dead."""


class Hub:
    """Hand out streams of news, by the name of the study; that of all, "", remembers what it has told."""

    def __init__(self) -> None:
        self._watchers: dict[str, Watcher] = {}

    def stream(
        self, name: str, look: Callable[[], Callable[[], News | None]], known: str | None
    ) -> EventSourceResponse:
        """Return a stream of what `look()` finds from now on; `known` is the id of the last message received before."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return EventSourceResponse(self._listen(name, look, known), ping=HEARTBEAT, headers=headers)

    async def _listen(self, name: str, look: Callable[[], Look], known: str | None) -> AsyncIterator[bytes]:
        watcher = self._watchers.get(name)
        if watcher is None:
            watcher = self._watchers[name] = Watcher(look())
        try:
            async for text in watcher.listen(known):
                yield text
        finally:
            if watcher.idle and name:
                self._watchers.pop(name, None)
