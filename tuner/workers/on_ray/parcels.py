"""What travels between the search process and a slot, the actor that keeps one worker on a node of the cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keras_search.tuner.study import messages


@dataclass(frozen=True)
class Code:
    """The Python files of a user's hypermodel by their paths below `root`, the folder that they were read from."""

    root: str
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True)
class Cargo:
    """What a slot needs to start its worker, the `number`-th.

    `data` are the files of the study's data by name, each as references to its pieces in Ray's object store, which
    copies a piece to a node once; `seal` is the hash of all of them. `cwd` is the search process's working directory.
    """

    context: messages.Context
    number: int
    seal: str
    data: Mapping[str, Sequence[Any]]
    cwd: str
    code: Code | None = None


@dataclass(frozen=True)
class Arrived:
    """Where a slot is, the versions of the packages there, and the bytes of data that it fetched for its node."""

    node: str
    versions: Mapping[str, str]
    fetched: int


@dataclass(frozen=True)
class Changes:
    """What has changed in a study's folder: whole files, the ends of logs, and the names of deleted files."""

    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    logs: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    gone: Sequence[str] = ()


@dataclass(frozen=True)
class Parcel:
    """A report with the files that it speaks of."""

    report: messages.Report
    changes: Changes


@dataclass(frozen=True)
class Ended:
    """The worker's process has ended."""

    exitcode: int
    changes: Changes
