"""Draw alike on every machine, whatever a user's own settings of matplotlib are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib

THEIRS = ("backend", "backend_fallback", "interactive", "timezone", "toolbar", "date.epoch")
"""The settings that no plot is drawn with, and that take effect elsewhere if they are set."""


@contextmanager
def only(own: Mapping[Any, Any]) -> Iterator[None]:
    """Set matplotlib's defaults, and `own` settings on top of them, for the block."""
    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if name not in THEIRS}
    changed = {name: value for name, value in defaults.items() if matplotlib.rcParams[name] != value}
    with matplotlib.rc_context({**changed, **own}):
        yield
