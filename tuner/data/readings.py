"""How cells that are not plain numbers become numbers: stored, so that new rows are read alike."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from keras_search.tuner.data import dateforms
from keras_search.tuner.data.numberforms import NumberForm
from keras_search.tuner.data.tree import Array


@dataclass(frozen=True)
class NumberReading:
    """Read the texts of a column as numbers in one form."""

    kind: ClassVar[str] = "number"
    column: str
    decimal: str = "."
    thousands: str = ""
    unit: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """Name the features of the column."""
        return (self.column,)

    def apply(self, texts: Array) -> Array:
        """Read texts `(n,)` as float64 `(n, 1)`, NaN where they are written differently."""
        form = NumberForm(self.decimal, self.thousands, self.unit)
        return _of_different(form.values, texts)[:, None]

    def __str__(self) -> str:
        """Say how it is read."""
        unit = f" with {self.unit}" if self.unit else ""
        parted = {"": "", " ": " and blanks between thousands"}.get(
            self.thousands, f" and {self.thousands!r} between thousands"
        )
        return f"numbers{unit}, decimal mark {self.decimal!r}{parted}"


@dataclass(frozen=True)
class DateReading:
    """Read the texts of a column as dates in one layout, with their cycles."""

    kind: ClassVar[str] = "date"
    column: str
    layout: str
    parts: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """Name the features of the column: days since 1970-01-01, and sine and cosine of each part."""
        turns = (f"{self.column} ({part}, {wave})" for part in self.parts for wave in ("sine", "cosine"))
        return (self.column, *turns)

    def apply(self, texts: Array) -> Array:
        """Read texts `(n,)` as float64 `(n, features)`, NaN where they have another layout."""
        return self.of_days(_of_different(lambda each: dateforms.days_of(each, self.layout), texts))

    def of_days(self, days: Array) -> Array:
        """Return the features of days since 1970-01-01 `(n,)`."""
        turns = [2 * np.pi * (dateforms.PARTS[part](days) % 1) for part in self.parts]
        return np.stack([days, *(wave(turn) for turn in turns for wave in (np.sin, np.cos))], axis=1)

    def __str__(self) -> str:
        """Say how it is read."""
        further = f", {' and '.join([', '.join(self.parts[:-1]), self.parts[-1]] if self.parts[1:] else self.parts)}"
        return f"dates ({self.layout}): days since 1970-01-01{further if self.parts else ''}"


Reading = NumberReading | DateReading


def reading_from(found: Mapping[str, Any]) -> Reading:
    """Read the values of `reading_json`."""
    values = {name: value for name, value in found.items() if name != "kind"}
    if found["kind"] == NumberReading.kind:
        return NumberReading(**values)
    return DateReading(**values | {"parts": tuple(values["parts"])})


def reading_json(reading: Reading) -> dict[str, Any]:
    """Return plain values."""
    return {"kind": reading.kind, **asdict(reading)}


def _of_different(read: Callable[[list[str]], Array], texts: Array) -> Array:
    """Read each different text once."""
    different, places = np.unique(texts, return_inverse=True)
    return read(different.tolist())[places]
