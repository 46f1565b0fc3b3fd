"""The names that inputs and outputs have in exported files."""

import re


def tensor_name(name: str) -> str:
    """Give a name that every format takes: letters, digits and underscores, a letter first."""
    safe = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return safe if safe[:1].isalpha() else f"x{safe}"
