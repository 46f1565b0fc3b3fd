"""Recognise how a column writes dates and times, and convert them to numbers."""

import re
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from keras_search.tuner.data.tree import Array

EPOCH = date(1970, 1, 1)
YEAR, WEEK = 365.2425, 7
"""Days."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? +)?"
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:[.,]\d+)?))?(?: ?(?P<half>[ap])\.?m\.?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?))?"
)
_YEAR, _MONTH_NUMBER, _DAY = r"(?P<year>\d{4}|\d{2})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_DATES = {
    "year first": rf"(?P<year>\d{{4}})(?P<part>[-/.]){_MONTH_NUMBER}(?P=part){_DAY}",
    "day first": rf"{_DAY}(?P<part>[-/. ]){_MONTH_NUMBER}(?P=part){_YEAR}",
    "month first": rf"{_MONTH_NUMBER}(?P<part>[-/]){_DAY}(?P=part){_YEAR}",
    "short year first": rf"(?P<year>\d{{2}})(?P<part>[-/]){_MONTH_NUMBER}(?P=part){_DAY}",
    "day and month name": rf"{_WEEKDAY}{_DAY}(?:st|nd|rd|th)?(?:\.? +| ?[-/] ?){_MONTH},?(?:[ ]+| ?[-/] ?){_YEAR}",
    "month name and day": rf"{_WEEKDAY}{_MONTH} +{_DAY}(?:st|nd|rd|th)?,? +(?P<year>\d{{4}})",
    "year and month": r"(?P<year>\d{4})[-/](?P<month>\d{2})",
    "digits": r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
}
TIME, DIGITS = "time of day", "digits"
LAYOUTS = (*(name for name in _DATES if name != DIGITS), TIME)
"""The layouts of dates, each with an optional time. Eight digits are numbers unless `--read-as` says otherwise."""
_PATTERNS = {
    **{name: re.compile(rf"{pattern}(?:(?:T|,? +){_CLOCK})?", re.I | re.A) for name, pattern in _DATES.items()},
    TIME: re.compile(_CLOCK, re.I | re.A),
}
FEW = 200
"""The number of texts that are tried first, to rule out layouts that do not fit."""
PARTS: dict[str, Callable[[Array], Array]] = {
    "time of year": lambda days: days / YEAR,
    "weekday": lambda days: np.floor(days) / WEEK,
    "time of day": lambda days: days,
}
"""The cycles of dates, in turns, from days since 1970-01-01; networks get their sine and cosine."""


def day_of(text: str, layout: str) -> float:
    """Read one text as days since 1970-01-01, in UTC if it has a zone, NaN if it has another layout."""
    match = _PATTERNS[layout].fullmatch(text.strip())
    if match is None:
        return np.nan
    found = match.groupdict()
    try:
        return _date(found) + _time(found)
    except ValueError:
        return np.nan


def days_of(texts: Sequence[str], layout: str) -> Array:
    """Read texts as `day_of` does, float64 `(n,)`."""
    return np.array([day_of(text, layout) for text in texts], np.float64)


def layouts_of(texts: Sequence[str]) -> list[str]:
    """List the layouts in which all of these texts are dates, one for each way in which they differ."""
    few = texts[:: -(-len(texts) // FEW) or 1]
    fitting = [layout for layout in LAYOUTS if not np.isnan(days_of(few, layout)).any()]
    return [layout for layout in _different(texts, fitting) if not np.isnan(days_of(texts, layout)).any()]


def likely_layouts(texts: Sequence[str]) -> list[str]:
    """List the layouts in which at least half of these texts are dates."""
    return [layout for layout in _different(texts, LAYOUTS) if 2 * np.isnan(days_of(texts, layout)).sum() <= len(texts)]


def parts_of(days: Array) -> tuple[str, ...]:
    """List the cycles of dates that are useful to a network, in the order of `PARTS`."""
    there = days[~np.isnan(days)]
    if not there.size:
        return ()
    span = there.max() - there.min()
    weekdays = len(np.unique(np.floor(there) % WEEK)) if span >= WEEK else 1
    worth = (span >= YEAR - 1, weekdays > 1, bool(np.ptp(there % 1) > 0))
    return tuple(part for part, useful in zip(PARTS, worth, strict=True) if useful)


def written(days: float) -> str:
    """Write days since 1970-01-01 as a date, with the time if there is one."""
    moment = np.datetime64("1970-01-01T00:00:00") + np.timedelta64(round(days * 86400), "s")
    return str(moment).replace("T", " ").removesuffix(" 00:00:00")


def _different(texts: Sequence[str], layouts: Sequence[str]) -> list[str]:
    different: dict[bytes, str] = {}
    for layout in layouts:
        values = days_of(texts, layout)
        if not np.isnan(values).all():
            different.setdefault(values.tobytes(), layout)
    return list(different.values())


def _date(found: dict[str, str | None]) -> int:
    """Return the day of the parts of a date; of a time alone it is 0."""
    year = found.get("year")
    if year is None:
        return 0
    name = found.get("name")
    month = _MONTHS.index(name[:3].lower()) + 1 if name else int(found["month"] or 0)
    short = (1900 if int(year) >= 69 else 2000) if len(year) == 2 else 0
    return (date(int(year) + short, month, int(found.get("day") or 1)) - EPOCH).days


def _time(found: dict[str, str | None]) -> float:
    """Return the share of a day that has passed, less the offset of the zone.

    Raises:
        ValueError: the time does not exist.
    """
    if found["hour"] is None:
        return 0.0
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    second = float((found["second"] or "0").replace(",", "."))
    half = found["half"]
    if half and not 1 <= hour <= 12:
        raise ValueError
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour > 23 or minute > 59 or second >= 61:
        raise ValueError
    return (hour * 3600 + minute * 60 + second - _ahead(found["zone"])) / 86400


def _ahead(zone: str | None) -> int:
    """Return the offset of a zone from UTC, in seconds."""
    if not zone or zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (-1 if zone[0] == "-" else 1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)
