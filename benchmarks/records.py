"""Store measurements, one JSON file each, so that an interrupted benchmark continues."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Records:
    """The records below `folder`; the repetitions of one measurement share a `key` such as `ours/random-8x5`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, key: str, repetition: int) -> bool:
        """Return whether a repetition was measured."""
        return self._path(key, repetition).is_file()

    def put(self, key: str, repetition: int, record: Record) -> None:
        """Store a repetition; the file appears whole."""
        path = self._path(key, repetition)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(record, indent=1), encoding="utf-8")
        partial.replace(path)

    def of(self, key: str) -> list[Record]:
        """Return every repetition of a measurement, the first one first."""
        files = sorted((self._folder / key).glob("*.json"), key=lambda path: int(path.stem))
        return [json.loads(path.read_text(encoding="utf-8")) for path in files]

    def all(self) -> Iterable[Record]:
        """Yield everything that was measured."""
        for path in sorted(self._folder.rglob("*.json")):
            yield json.loads(path.read_text(encoding="utf-8"))

    def _path(self, key: str, repetition: int) -> Path:
        return self._folder / key / f"{repetition}.json"
