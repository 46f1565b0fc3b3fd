"""A task that looks for news as long as somebody listens, and hands them to all listeners."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

LOGGER = logging.getLogger("keras_search.service")
SECONDS = 0.5
"""Time between two looks."""
PATIENCE = 10
"""Looking takes at most one in so many seconds of a core."""


@dataclass(frozen=True)
class News:
    """A message for all who listen; `id` names what it tells, and `last` says that nothing will follow.

    `since` returns it for a listener, by the id of the last message that this one has received.
    """

    id: str
    since: Callable[[str | None], bytes]
    last: bool = False


class Watcher:
    """Look for news with `look`, in a thread, while anybody listens; it returns None if there are none.

    A listener that is slower than the news misses some, but never the last: each message tells all that matters.
    """

    def __init__(self, look: Callable[[], News | None]) -> None:
        self._look = look
        self._looking = threading.Lock()
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self._news: News | None = None
        self._changed = asyncio.Event()
        self._ended = False

    @property
    def idle(self) -> bool:
        """Whether nobody listens."""
        return self._listeners == 0

    async def listen(self, known: str | None) -> AsyncIterator[bytes]:
        """Yield the messages from now on, and first the present one, unless its id is `known`."""
        self._listeners += 1
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run())
            while True:
                news, changed = self._news, self._changed
                if news is not None and news.id != known:
                    text, known = news.since(known), news.id
                    yield text
                if self._ended or (news is not None and news.last):
                    return
                await changed.wait()
        finally:
            self._listeners -= 1
            if self.idle and self._task is not None:
                self._task.cancel()
                self._task = None

    def end(self) -> None:
        """Let all listeners go."""
        self._ended = True
        self._changed.set()

    def _found(self) -> tuple[News | None, float]:
        """Look, but not while a thread of an earlier task that was cancelled still does; return also what it cost.

        The cost is in seconds of computing: those that passed would make news later just where others are busy.
        """
        with self._looking:
            began = time.thread_time()
            return self._look(), time.thread_time() - began

    async def _run(self) -> None:
        while True:
            try:
                news, cost = await run_in_threadpool(self._found)
            except Exception:  # the listeners wait for the next look, which may succeed
                LOGGER.exception("Looking for news failed")
                news, cost = None, 0.0
            if news is not None:
                self._news = news
                self._changed.set()
                self._changed = asyncio.Event()
                if news.last:
                    return
            await asyncio.sleep(max(SECONDS, PATIENCE * cost))


def message(event: str, identifier: str, data: str) -> bytes:
    """Return a server-sent event; `data` is JSON, which has no line ends."""
    return f"id: {identifier}\nevent: {event}\ndata: {data}\n\n".encode()
