"""Keep a failing part of a report from taking the rest with it: it is left out, and the report says so.

No bug may hide behind this. With `KERAS_SEARCH_NET=off` in the environment, as in our own tests, every error is
raised, except for a `KerasSearchError`, which is a reason and not a bug.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.store import DamagedStudyError

T = TypeVar("T")
SWITCH = "KERAS_SEARCH_NET"


@dataclass(frozen=True)
class LeftOut:
    """A part that a report lacks, and the error that is the reason."""

    part: str
    reason: str

    def __str__(self) -> str:
        return f"Left out: {self.part}. {self.reason}"


class Net:
    """Collect the parts that a report lacks; `left_out` has each once, in the order of failure."""

    def __init__(self) -> None:
        self.left_out: list[LeftOut] = []

    def catch(self, part: str, make: Callable[[], T], instead: T) -> T:
        """Return what `make` returns; if it fails, note that `part` is left out and return `instead`.

        Raises:
            OSError: a file cannot be written, which is not the part's fault.
            DamagedStudyError: the study is damaged, which a report must not hide.
        """
        try:
            return make()
        except (OSError, DamagedStudyError):
            raise
        except Exception as error:
            if os.environ.get(SWITCH) == "off" and not isinstance(error, KerasSearchError):
                raise
            missing = LeftOut(part, _reason(error))
            if missing not in self.left_out:
                self.left_out.append(missing)
            return instead


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words if isinstance(error, KerasSearchError) else f"{type(error).__name__}: {words}"
