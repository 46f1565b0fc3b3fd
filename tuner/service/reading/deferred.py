"""Answers that take seconds: asked for in the background, waited for no longer than a page may wait, and kept."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.reading.helper import Helper
from keras_search.tuner.system.files import replacing

MOST_KEPT = 256


@dataclass(frozen=True)
class Answered:
    """An answer, or the reason why there is none; `pending`: it is still being computed."""

    value: Any = None
    problem: str = ""
    pending: bool = False


PENDING = Answered(pending=True)


class Deferred:
    """Ask the helper, one request after another; answers with a `state` are also kept in the folder `kept`."""

    def __init__(self, helper: Helper, kept: Path | None) -> None:
        self._helper, self._kept = helper, kept
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="answers")
        self._futures: OrderedDict[Hashable, Future[Answered]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, state: str, patience: float, **request: Any) -> Answered:
        """Return the answer to a request about a study in this state; wait at most `patience` seconds for it."""
        key = hashlib.sha256(json.dumps([state, request], sort_keys=True).encode()).hexdigest()
        with self._lock:
            future = self._futures.get(key)
            if future is None:
                future = self._futures[key] = self._begun(key, request)
            self._futures.move_to_end(key)
            while len(self._futures) > MOST_KEPT:
                self._futures.popitem(last=False)[1].cancel()
        wait([future], timeout=patience)
        return future.result() if future.done() and not future.cancelled() else PENDING

    def close(self) -> None:
        """Give up what is waiting."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begun(self, key: str, request: dict[str, Any]) -> "Future[Answered]":
        stored = self._stored(key)
        if stored is not None:
            future: Future[Answered] = Future()
            future.set_result(stored)
            return future
        return self._pool.submit(self._answer, key, request)

    def _answer(self, key: str, request: dict[str, Any]) -> Answered:
        try:
            value = self._helper.ask(**request)
        except KerasSearchError as error:
            return Answered(problem=str(error))
        if self._kept is not None:
            with suppress(OSError):
                self._kept.mkdir(mode=0o700, exist_ok=True)
                with replacing(self._kept / f"{key}.json") as partial:
                    partial.write_text(json.dumps(value), encoding="utf-8")
                for old in sorted(self._kept.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-MOST_KEPT]:
                    old.unlink(missing_ok=True)
        return Answered(value)

    def _stored(self, key: str) -> Answered | None:
        with suppress(OSError, ValueError):
            if self._kept is not None:
                return Answered(json.loads((self._kept / f"{key}.json").read_text(encoding="utf-8")))
        return None
