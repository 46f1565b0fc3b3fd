"""Describe in one line, by its option's name, what is wrong with a setting."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from pydantic import ValidationError

from keras_search.errors import did_you_mean
from keras_search.tuner.study.setting import Setting

LIMITS = ("greater_than_equal", "greater_than", "less_than_equal", "less_than", "finite_number")
"""pydantic's names for numbers out of range."""
LONGEST = 80
"""Characters of a wrong value that are shown."""
KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", tuple: "a list of texts"}


def refusal(error: ValidationError, settings: Mapping[str, Setting]) -> str:
    """Describe the first of the errors: what was expected and what was received."""
    first = error.errors()[0]
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    place = str(first["loc"][0]) if first["loc"] else ""
    if place not in settings:
        return f"{place or 'the settings'}: {one_value(first['input'])} is not valid here."
    refused = settings[place]
    if first["type"] in LIMITS:
        return f"{refused.option} must {_limits(refused, first['type'])}, received {_shown(first['input'])}."
    return f"{refused.option} must be {_kind(refused)}, received {one_value(first['input'])}.{_close(refused, first)}"


def one_value(value: Any) -> str:
    """Format a value that was received; an array by its shape, and what else is long by its beginning and its type."""
    if isinstance(value, date | time):
        return str(value)
    if hasattr(value, "shape"):
        return f"{type(value).__name__} of shape {tuple(value.shape)}"
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({type(value).__name__})"


def _close(refused: Setting, first: Mapping[str, Any]) -> str:
    return did_you_mean(first["input"], refused.choices) if refused.choices else ""


def _kind(refused: Setting) -> str:
    return f"one of {', '.join(refused.choices)}" if refused.choices else KINDS[refused.kind]


def _limits(refused: Setting, missed: str) -> str:
    """Write the limits of a number; of one that is too small, only the least if there is one."""
    least, above, most, below = (_limit(refused, name) for name in ("ge", "gt", "le", "lt"))
    if least is not None and missed == "greater_than_equal" and below is None:
        return f"be at least {least}"
    if above is not None and below is not None:
        return f"lie between {above} and {below}"
    if least is not None and most is not None:
        return f"lie between {least} and {most}, both included"
    named = {"at least": least, "above": above, "at most": most, "below": below}
    return "be " + " and ".join(f"{words} {limit}" for words, limit in named.items() if limit is not None)


def _limit(refused: Setting, name: str) -> Any:
    return next((getattr(limit, name) for limit in refused.info.metadata if hasattr(limit, name)), None)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else one_value(value).strip("'")
