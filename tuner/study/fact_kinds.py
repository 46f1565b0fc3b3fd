"""The kind of each fact of a study: a fact of another kind was not written by us, or is damaged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Each:
    """A list of items of one kind."""

    of: Any


@dataclass(frozen=True)
class ByName:
    """A dict from texts to values of one kind."""

    of: Any


NONE = type(None)
TEXT, NUMBER, WHOLE, TRUTH = str, float, int, bool
VALUE = (bool, int, float, str, NONE)
"""The possible types of a hyperparameter."""
NUMBERS = ByName(NUMBER)
VALUES = ByName(VALUE)
_TARGET = {
    "name": TEXT, "class_names": Each(TEXT), "width": WHOLE, "shape": (list, NONE), "offset": Each(NUMBER),
}  # fmt: skip
_SIGHT = {
    "role": TEXT, "name": TEXT, "shape": Each(WHOLE), "dtype": TEXT, "low": (NUMBER, NONE), "high": (NUMBER, NONE),
    "broken": WHOLE,
}  # fmt: skip
FACTS: dict[str, Any] = {
    "settings": ByName(object),
    "fingerprint": TEXT,
    "data": {
        "name": TEXT, "digest": TEXT, "class_names": Each(TEXT), "targets": Each(_TARGET), "passed": TRUTH,
        "code": TEXT,
    },
    "space": {"space": Each({"class_name": TEXT, "config": {"name": TEXT}}), "values": VALUES},
    "comparable": TRUTH,
    "notes": Each(TEXT),
    "places": ByName(TEXT),
    "processors": Each(TEXT),
    "read": Each(TEXT),
    "code": TEXT,
    "versions": ByName(TEXT),
    "threads": WHOLE,
    "seal": TEXT,
    "sights": ByName(Each(_SIGHT)),
    "hypermodel_at": TEXT,
    "planned": (WHOLE, NONE),
    "planned_epochs": WHOLE,
    "search_ended": (TEXT, NONE),
    "best": (TEXT, NONE),
    "defaults": (VALUES, NONE),
    "all_failed": TRUTH,
    "code_changed": TRUTH,
    "extended_after_test": TRUTH,
    "seeds_added": TRUTH,
    "facts": Each(TEXT),
}  # fmt: skip
"""The kind of each fact; a dict may have other entries than those listed here, and lack some."""
_WORDS = {
    str: "text", float: "a number", int: "a whole number", bool: "true or false", NONE: "nothing", list: "a list",
}  # fmt: skip
_DICT = "names with values"
LONGEST = 40
"""Characters of a wrong value that are shown."""


def wrong_fact(name: str, value: Any) -> str | None:
    """Describe where a fact is not of its kind; None if it is, or if it is not ours."""
    return misfit(f"the fact {name!r}", value, FACTS[name]) if name in FACTS else None


def misfit(what: str, value: Any, kind: Any) -> str | None:
    """Describe where `value`, called `what`, is not of a kind; None if it is."""
    if isinstance(kind, tuple):
        if any(misfit(what, value, each) is None for each in kind):
            return None
    elif isinstance(kind, Each):
        if isinstance(value, list):
            return _first((f"{what}, entry {place}", each, kind.of) for place, each in enumerate(value, 1))
    elif isinstance(kind, ByName | Mapping):
        if isinstance(value, dict):
            if isinstance(kind, ByName) and _are_exactly(value, kind.of):
                return None
            kinds = dict.fromkeys(value, kind.of) if isinstance(kind, ByName) else kind
            return _first((f"{what}, {name!r}", each, kinds[name]) for name, each in value.items() if name in kinds)
    elif _is_a(value, kind):
        return None
    shown = repr(value)
    shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}\N{HORIZONTAL ELLIPSIS}"
    what += "," * (", " in what)
    return f"{what} should be {_named(kind)}, received {shown}"


def _are_exactly(values: Mapping[str, Any], kind: Any) -> bool:
    """Return whether all values are of the types that hyperparameters or metrics have, of which there are many."""
    types: tuple[type, ...] = VALUE if kind is VALUE else (int, float) if kind is NUMBER else ()
    return all(type(value) in types for value in values.values())


def _first(parts: Iterable[tuple[str, Any, Any]]) -> str | None:
    return next((wrong for what, value, kind in parts if (wrong := misfit(what, value, kind))), None)


def _is_a(value: Any, kind: type) -> bool:
    """Return whether a value is of a type; booleans are not numbers, and whole numbers are also floats."""
    if isinstance(value, bool):
        return kind in (bool, object)
    return isinstance(value, (int, float) if kind is float else kind)


def _named(kind: Any) -> str:
    if isinstance(kind, tuple):
        return " or ".join(_named(each) for each in kind)
    return "a list" if isinstance(kind, Each) else _WORDS.get(kind, _DICT) if isinstance(kind, type) else _DICT
