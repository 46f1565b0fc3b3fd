"""The names that inputs and outputs have in exported files."""

import re
from collections.abc import Collection, Iterable
from itertools import count


def tensor_names(names: Iterable[str]) -> dict[str, str]:
    """Return a valid name in every format for each name of a model's inputs, or of its outputs, all different.

    They are letters, digits and underscores, a letter first, and differ in more than case, which TensorFlow ignores.
    A name that is valid already stays; of names that would become the same, all but one are numbered, whatever their
    order.
    """
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (_safe(name) != name, name)):
        found[name] = _distinct(_safe(name), found.values())
    return found


def _safe(name: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return safe if safe[:1].isalpha() else f"x{safe}"


def _distinct(name: str, taken: Collection[str]) -> str:
    known = {other.lower() for other in taken}
    numbered = (f"{name}_{number}" for number in count(2))
    return name if name.lower() not in known else next(other for other in numbered if other.lower() not in known)
