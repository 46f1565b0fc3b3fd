"""Numbers and times as the pages write them; `static/words.js` has the same rules for what changes on a page."""

import math
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keras_search.tuner.system.numbers import metric_text

_UNITS = ((60, 59.5, "minute"), (3600, 23.5, "hour"), (86400, 29.5, "day"), (2629800, 11.5, "month"))
YEAR = 31557600
SOON = 45
"""Seconds within which something is told as happening now."""


def ago(seconds: float, now: float | None = None) -> str:
    """Tell how long ago something was; `seconds` since 1970.

    >>> ago(1000, now=1030), ago(1000, now=1180), ago(0, now=3 * 86400)
    ('just now', '3 minutes ago', '3 days ago')
    """
    passed = (time.time() if now is None else now) - seconds
    if passed < SOON:
        return "later" if passed < -SOON else "just now"
    for size, most, name in _UNITS:
        if passed / size < most:
            return _counted(passed / size, name)
    return _counted(passed / YEAR, "year")


def _counted(amount: float, name: str) -> str:
    count = max(1, math.floor(amount + 0.5))
    return f"{count} {name}{'' if count == 1 else 's'} ago"


def duration(seconds: float | None) -> str:
    """Tell how long something takes.

    >>> duration(0.2), duration(250), duration(7500), duration(None)
    ('less than a second', '4 min 10 s', '2 h 5 min', 'not known yet')
    """
    if seconds is None or not math.isfinite(seconds):
        return "not known yet"
    if seconds < 1:
        return "less than a second"
    whole = math.floor(seconds + 0.5)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours >= 48:
        return f"{math.floor(whole / 86400 + 0.5)} days"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    return f"{rest} s"


def exact(seconds: float) -> str:
    """Return the local date and time of a moment in seconds since 1970."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def iso(seconds: float) -> str:
    """Return a moment in seconds since 1970 as programs read it."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def size(count: float | None) -> str:
    """Write a number of bytes.

    >>> size(512), size(15_300), size(2_000_000_000)
    ('512 bytes', '15 kB', '2.0 GB')
    """
    if count is None:
        return "not known"
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.{0 if count >= 10 * scale else 1}f} {unit}"
    return f"{int(count)} bytes"


def score(value: float, metric: str) -> str:
    """Write a value of a metric: shares in percent, others with the digits that matter."""
    return metric_text(value, metric)


def plain(value: Any) -> str:
    """Write any value of a setting; nothing for none.

    >>> plain(0.00130001), plain(True), plain(["a", 2]), plain(None)
    ('0.0013', 'yes', 'a, 2', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(each) for each in value)
    return str(value)


def field_text(value: Any) -> str:
    """Write the value of a setting as one types it into a form."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def certificate(found: Mapping[str, Any] | None) -> str:
    """Tell what the certificate of an exported file says.

    >>> certificate({"examples": 360, "runtime": "onnxruntime 1.22", "largest_difference": 2.4e-7, "labels_agree": 360})
    'onnxruntime 1.22 on 360 test examples: all labels are the same, numbers differ by at most 2.4e-07'
    """
    if not found:
        return "not a model"
    examples, agree = found.get("examples"), found.get("labels_agree")
    labels = "" if agree is None else f"{'all' if agree == examples else agree} labels are the same, "
    difference = found.get("largest_difference") or 0.0
    numbers = f"numbers differ by at most {difference:.2g}" if difference else "numbers are equal to the last bit"
    return f"{found.get('runtime', 'Its runtime')} on {examples} test examples: {labels}{numbers}"
