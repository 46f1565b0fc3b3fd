"""Make text of unknown origin safe to show: without control sequences, and representable in any encoding."""

import codecs
import unicodedata

READABLE = "keras-search-readable"
"""The name of the error handler for encodings that lack a character: it writes the closest one."""
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
"""Categories of control characters, surrogates, and ends of lines and paragraphs."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of the text after them, so that it reads as something else."""
_BYTES = range(0xDC80, 0xDD00)
"""The surrogates for bytes of a file name that are not in its encoding (PEP 383)."""


def visible(text: object, lines: bool = True) -> str:
    r"""Escape characters that would control a terminal: control characters and changes of the reading direction.

    Ends of lines and tabs stay if `lines` is true, which is for whole texts; a name must be on one line.

    >>> visible("\x1b[31mred\nnext", lines=False)
    '\\x1b[31mred\\nnext'
    """
    whole = str(text)
    if whole.isprintable():
        return whole
    return "".join(c if not _steers(c) or (lines and c in LINES) else _escaped(c) for c in whole)


def storable(text: str) -> str:
    r"""Escape surrogates, which no file can hold, and leave all else.

    >>> storable("caf\udce9")
    'caf\\udce9'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def fit_for(text: str, encoding: str) -> str:
    r"""Write a text with the characters of an encoding only, the others as the closest ones, or as escapes.

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
