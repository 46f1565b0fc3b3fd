"""The kinds of processors that trained each run: where they differ, so do the last bits of results."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_search.tuner.study import database
from keras_search.tuner.study.records import Kind, Run

KINDS = "processors"
"""The fact that lists the kinds that have trained in a study; without it, nothing was recorded."""
UNKNOWN = "not recorded"
"""The kind that trained epochs of which none was recorded, as in a study begun by an earlier version."""
MOST_NAMES = 5
"""With more runs than this, a sentence counts them and does not name them."""
_WHY = "the last bits of a result depend on where it was trained"

Spans = Mapping[int, str]
"""The kinds that trained a run's own epochs, each by the first epoch since which it was that one."""
SpansOf = Callable[[str], Spans]


def read_spans(
    connection: sqlite3.Connection, path: Path, which: str = "ORDER BY run, epoch", *values: str
) -> dict[str, dict[int, str]]:
    """Read the kinds that trained each run from the database at `path`.

    Raises:
        DamagedStudyError: a row is not as it was written.
    """
    found: dict[str, dict[int, str]] = {}
    for run, epoch, kind in database.rows(connection, path, "processors", "run, epoch, kind", which, *values):
        found.setdefault(run, {})[epoch] = kind
    return found


def kinds_of(name: str, runs: Mapping[str, Run], spans_of: SpansOf) -> tuple[str, ...]:
    """Return the kinds that trained the epochs which led to a run's state, in their order, its parents' first."""
    return tuple(dict.fromkeys(kind for _, kind in sorted(_led_to(name, runs, spans_of).items())))


def _led_to(name: str, runs: Mapping[str, Run], spans_of: SpansOf) -> dict[int, str]:
    own, run = spans_of(name), runs[name]
    first = min(own, default=run.trained + 1)
    before = _led_to(run.parent, runs, spans_of) if run.parent else {1: UNKNOWN}
    return {**{epoch: kind for epoch, kind in before.items() if epoch < first}, **own}


def mixed(
    kinds: Sequence[str], runs: Mapping[str, Run], read: Callable[[], Mapping[str, Spans]], best: str | None
) -> dict[str, Any]:
    """Count the `runs` that each of a study's `kinds` trained, or a part of them, with a `sentence` about all of them.

    If they are of one kind this is empty, and mostly nothing is `read`.
    """
    groups: dict[tuple[str, ...], list[Run]] = {}
    spans = read() if len(differing(kinds)) > 1 else {}
    for run in runs.values() if spans else ():
        groups.setdefault(kinds_of(run.name, runs, lambda name: spans.get(name, {})), []).append(run)
    groups.pop((), None)
    counts = Counter(dict.fromkeys(kinds, 0))
    for of_group, group in groups.items():
        counts.update(dict.fromkeys(of_group, len(group)))
    if len(differing(kind for kind, count in counts.items() if count > 0)) < 2:
        return {}
    return {"runs": dict(counts.most_common()), "sentence": _sentence(groups, best)}


def differing(kinds: Iterable[str]) -> list[str]:
    """Leave out what is only the architecture of another kind, which is what is recorded of the kernels.

    >>> differing(["x86_64", "x86_64, 16 numbers at a time"])
    ['x86_64, 16 numbers at a time']
    """
    known = list(kinds)
    return [kind for kind in known if not any(other.startswith(f"{kind}, ") for other in known)]


def announcement(kinds: Iterable[str]) -> str:
    """Say that several kinds train a study, while they do."""
    return f"Processors of several kinds train this study ({'; '.join(map(shown, kinds))}): {_WHY}."


def _sentence(groups: Mapping[tuple[str, ...], list[Run]], best: str | None) -> str:
    largest_first = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    retrained = sum(run.kind is Kind.RETRAIN for group in groups.values() for run in group)
    parts = [_group_text(kinds, group, best, retrained) for kinds, group in largest_first]
    return f"Processors of several kinds trained the runs, and {_WHY}: {'; '.join(parts)}."


def _group_text(kinds: tuple[str, ...], group: list[Run], best: str | None, retrained: int) -> str:
    of_those = sum(run.kind is Kind.RETRAIN for run in group)
    notable = ["the best trial"] * any(run.name == best for run in group)
    notable += [f"{of_those} of the {retrained} retrained models"] * bool(of_those)
    names = f" ({', '.join(run.name for run in group)})" if len(group) <= MOST_NAMES else ""
    among = f", {' and '.join(notable)} among them" if notable else ""
    return f"{len(group)} run{'s' * (len(group) > 1)} on {' and then '.join(map(shown, kinds))}{names}{among}"


def shown(kind: str) -> str:
    """Return a kind as it stands in a sentence.

    >>> shown("x86_64, 16 numbers at a time")
    'x86_64 (16 numbers at a time)'
    """
    name, _, properties = kind.partition(", ")
    return "a kind that was not recorded" if kind == UNKNOWN else f"{name} ({properties})" if properties else name
