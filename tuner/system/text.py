"""Text of unknown origin made fit to show: nothing in it steers a terminal, and any encoding can hold it."""

import codecs
import unicodedata

READABLE = "keras-search-readable"
"""The name of the error handler for encodings that lack a character: it writes the nearest that they have."""
LINES = "\n\t"
_NEAREST = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MIDDLE DOT}": "-",
    "\N{PLUS-MINUS SIGN}": "+/-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{LEFTWARDS ARROW}": "<-",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
}
_STEERING = {"Cc", "Cs", "Zl", "Zp"}
"""Categories of control characters, halves of characters, and ends of lines and paragraphs."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of the text after it, so that it reads as something else."""
_BYTES = range(0xDC80, 0xDD00)
"""What stands for a byte of a file's name that is not in its encoding (PEP 383)."""


def visible(text: object, lines: bool = True) -> str:
    r"""Write what would steer a terminal as an escape: control characters and turns of the reading direction.

    Ends of lines and tabs stay where `lines` is true, which is for whole texts; a name is to be on one line.

    >>> visible("\x1b[31mred\nnext", lines=False)
    '\\x1b[31mred\\nnext'
    """
    whole = str(text)
    if whole.isprintable():
        return whole
    return "".join(c if not _steers(c) or (lines and c in LINES) else _escaped(c) for c in whole)


def storable(text: str) -> str:
    r"""Write the halves of characters that no file can hold as escapes, and leave all else.

    >>> storable("caf\udce9")
    'caf\\udce9'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def fit_for(text: str, encoding: str) -> str:
    r"""Write a text with the characters of an encoding only, the others as what comes nearest, or as escapes.

    >>> fit_for("\N{MINUS SIGN}0.42 Zürich 数", "ascii")
    '-0.42 Zurich \\u6570'
    """
    return text.encode(encoding, READABLE).decode(encoding)


def _steers(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _STEERING


def _escaped(character: str) -> str:
    if ord(character) in _BYTES:
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _nearest(character: str) -> str:
    if character in _NEAREST:
        return _NEAREST[character]
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return plain if plain.isascii() and plain.isprintable() and plain else _escaped(character)


def _readable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_nearest, error.object[error.start : error.end])), error.end


codecs.register_error(READABLE, _readable)
