"""Measure each text of a plot once; matplotlib measures it anew in every pass of its layout, up to ten times."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.text import Text

Layout = Callable[[Text, Any], Any]
METHOD = "_get_layout"
"""The method of a text that measures it: private, so without it, or what it reads, nothing is kept."""

_lock, _users = threading.Lock(), 0
_original: Layout | None = getattr(Text, METHOD, None)


@contextmanager
def measured_once() -> Iterator[None]:
    """Keep how texts are laid out during the block, and any that overlaps with it."""
    global _users
    with _lock:
        _users += 1
        if _users == 1 and _original is not None:
            setattr(Text, METHOD, _kept(_original))
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users and _original is not None:
                setattr(Text, METHOD, _original)


def _kept(original: Layout) -> Layout:
    """Return the method with a memory: a layout follows from the text and its looks, not from its place."""
    known: dict[tuple[Any, ...], Any] = {}

    def layout(text: Text, renderer: Any) -> Any:
        looks = _looks_of(text, renderer)
        if looks is None:
            return original(text, renderer)
        if (found := known.get(looks)) is None:
            found = known[looks] = original(text, renderer)
        return found

    return layout


def _looks_of(text: Any, renderer: Any) -> tuple[Any, ...] | None:
    """Return all that decides the layout of a text; None if that is more than its looks, or unknown."""
    try:
        if text.get_wrap() or text.get_usetex():
            return None
        return (
            type(renderer),
            text.get_figure(root=True).dpi,
            text.get_text(),
            tuple(vars(text.get_fontproperties()).values()),
            text.get_rotation(),
            text.get_rotation_mode(),
            text.get_horizontalalignment(),
            text.get_verticalalignment(),
            text._multialignment,  # noqa: SLF001 - it has no public name
            text._linespacing,  # noqa: SLF001
            text.get_parse_math(),
        )
    except (AttributeError, TypeError):  # another version of matplotlib
        return None
