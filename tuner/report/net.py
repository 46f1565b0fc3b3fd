"""Keep a part of a report that fails from taking the rest with it: it is left out, and the report says so.

A fault must not hide behind this. Where `KERAS_SEARCH_NET=off` is in the environment, as it is in our own tests, every
fault comes through; what is said in a `KerasSearchError` is a reason, and no fault.
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
    """Name a part that a report lacks, and the error that is the reason."""

    part: str
    reason: str

    def __str__(self) -> str:
        return f"Left out: {self.part}. {self.reason}"


class Net:
    """Collect what a report lacks; `left_out` has each part once, in the order in which they failed."""

    def __init__(self) -> None:
        self.left_out: list[LeftOut] = []

    def catch(self, part: str, make: Callable[[], T], instead: T) -> T:
        """Return what `make` gives; `instead`, with a note that `part` is left out, where it fails.

        Raises:
            OSError: a file cannot be written, which is not a fault of the part.
            DamagedStudyError: the study is damaged, of which a report would hide the rest.
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
