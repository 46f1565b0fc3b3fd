"""The watchers of the service, each made when somebody listens."""

import asyncio
from collections.abc import AsyncIterator, Callable

import anyio
from sse_starlette import EventSourceResponse

from keras_search.tuner.service.watching.watcher import News, Watcher

Look = Callable[[], News | None]
GRACE = 1.0
"""Seconds that streams have to end when the service does."""
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
        ending = anyio.Event()
        return EventSourceResponse(
            self._listen(name, look, known, ending),
            ping=HEARTBEAT,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            shutdown_event=ending,
            shutdown_grace_period=GRACE,
        )

    async def _listen(
        self, name: str, look: Callable[[], Look], known: str | None, ending: anyio.Event
    ) -> AsyncIterator[bytes]:
        watcher = self._watchers.get(name)
        if watcher is None:
            watcher = self._watchers[name] = Watcher(look())
        end = asyncio.create_task(_end(watcher, ending))
        try:
            async for text in watcher.listen(known):
                yield text
        finally:
            end.cancel()
            if watcher.idle and name:
                self._watchers.pop(name, None)


async def _end(watcher: Watcher, ending: anyio.Event) -> None:
    """End the streams of a watcher when the service ends."""
    await ending.wait()
    watcher.end()
