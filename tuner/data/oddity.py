"""One odd thing about a data set, and helpers to describe it in words."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SHOWN = 5
"""The number of names that a sentence lists."""
LONGEST_NAME = 40
"""The number of characters of a name that a sentence shows."""


@dataclass(frozen=True)
class Oddity:
    """Something odd, and what to do: `weight` is bad if results would mislead or a study is refused, else note."""

    weight: Literal["bad", "note"]
    what: str
    advice: str


def quoted(name: str) -> str:
    """Quote a name, or the beginning of a long one."""
    return repr(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}")


def listed(texts: Sequence[str]) -> str:
    """Join texts in a sentence, the first five of many."""
    if len(texts) > SHOWN:
        return f"{', '.join(texts[:SHOWN])} and {len(texts) - SHOWN:,} more"
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def plural(count: int, word: str, words: str = "") -> str:
    """Return a number with its noun."""
    return f"{count:,} {word if count == 1 else words or f'{word}s'}"


def of(name: str) -> str:
    """Name the input or output in question, if there are several."""
    return f" of {name}" if name else ""


def drop(columns: Sequence[str]) -> str:
    """Format the options that leave columns out."""
    return " ".join(f"--drop {shlex.quote(column)}" for column in columns)
