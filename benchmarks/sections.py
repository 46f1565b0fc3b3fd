"""The sections of the page of results: each benchmark writes its own, and keeps those of the others."""

import re
from pathlib import Path

HEADING = re.compile(r"^(?=## )", re.MULTILINE)


def write(path: Path, text: str) -> None:
    """Write sections, and what stands before the first, into a page; sections that `text` lacks stay as they are."""
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    path.write_text(merged(old, text), encoding="utf-8")


def merged(old: str, new: str) -> str:
    """Return the page `old` with the sections of `new`, in their old places, and its start if `new` has one.

    >>> print(merged("# Page\\n\\n## A\\n1\\n\\n## B\\n2\\n", "## A\\n3\\n"))
    # Page
    <BLANKLINE>
    ## A
    3
    <BLANKLINE>
    ## B
    2
    <BLANKLINE>
    """
    start, *sections = HEADING.split(new)
    begun, *others = HEADING.split(old)
    written = {_heading(section): section for section in sections}
    kept = [written.pop(_heading(section), section) for section in others]
    parts = [start or begun, *kept, *written.values()]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _heading(section: str) -> str:
    return section.partition("\n")[0].strip()
