"""Read delimited text of all kinds: compressed, in UTF-8 or UTF-16, with comments above, with any separator."""

import bz2
import codecs
import csv
import gzip
import io
import itertools
import lzma
import re
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd

from keras_search.errors import UsageError
from keras_search.tuner.data.arrays import reason
from keras_search.tuner.data.cells import Cells
from keras_search.tuner.data.csvcolumns import read_columns

SEPARATORS = (",", ";", "\t", "|")
UNPACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}
UNNAMED = "Unnamed: "
"""pandas' name of a nameless column, before its index."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FIRST_LINES = 1000
"""The number of lines that are searched for the header."""
_COMMENT = "#"
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<mark>[^\r\n"])"?\s*', re.IGNORECASE)


def read_csv(path: Path, ending: str, written: Collection[str] | None = None) -> Cells:
    """Read a file of delimited text: columns of plain numbers, NaN if there is none, and of texts, "" if there is none.

    `written` names the columns whose texts are needed; None stands for all. Lines above the header that begin with
    `#`, a first line `sep=;`, and empty rows at the end are skipped.

    Raises:
        UsageError: it is not UTF-8 or UTF-16, its rows differ in length, or a quote is not closed.
        OSError: it cannot be read.
    """
    text = io.StringIO(_decoded(unpacked(path), path), newline="")
    separator, names, above = _header(text, path, "\t" if ending == ".tsv" else None)
    start = text.tell()
    try:
        cells = read_columns(text, separator, names, written)
    except pd.errors.EmptyDataError:
        return Cells(pd.DataFrame(columns=names, dtype=str), separator)
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        text.seek(start)
        raise _uneven(path, names, above, error, text, separator) from error
    return cells if cells.firsts else replace(cells, frame=_without_empty_end(cells.frame, names))


def checked_names(given: list[str], path: Path) -> list[str]:
    """Return the names of the columns, as pandas names those without one.

    Raises:
        UsageError: a name occurs twice.
    """
    names = [name.strip() or f"{UNNAMED}{place}" for place, name in enumerate(given)]
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise UsageError(f"{path} must name each column once, received {twice[0]!r} {names.count(twice[0])} times.")
    return names


def unpacked(path: Path) -> bytes:
    """Return the bytes of a file, decompressed by its ending; of a `.zip`, those of the only file in it.

    Raises:
        UsageError: it is damaged, or a `.zip` holds none or several.
        OSError: it cannot be read.
    """
    content, ending = path.read_bytes(), path.suffix.lower()
    try:
        if ending == ".zip":
            return _only_file(content, path)
        return UNPACKERS[ending](content) if ending in UNPACKERS else content
    except (EOFError, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is not a complete {ending} file: {reason(error)}. Compress it again.") from error


def _only_file(content: bytes, path: Path) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
        tables = [name for name in names if Path(name).suffix.lower() in (".csv", ".tsv", ".txt")]
        if len(tables) != 1:
            found = (
                f"{len(tables)} ({', '.join(tables[:3])})" if tables else f"none ({', '.join(names[:3]) or 'empty'})"
            )
            raise UsageError(f"{path} must hold one .csv file, it holds {found}. Unpack it and name the table.")
        return archive.read(tables[0])


def _decoded(content: bytes, path: Path) -> str:
    """Decode text by its byte order mark, UTF-8 without one.

    Raises:
        UsageError: it is something else.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in content:
        kind = "UTF-16 without a byte order mark" if content[:4].count(0) == 2 else "binary"
        raise UsageError(f"{path} seems to be {kind}, it holds zero bytes: save it as CSV in UTF-8.")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(_undecodable(content, encoding, error, path)) from error


def _undecodable(content: bytes, encoding: str, error: UnicodeDecodeError, path: Path) -> str:
    if encoding == "utf-16":
        return f"{path} begins like UTF-16 and is not: save it as CSV in UTF-8."
    byte = content[error.start]
    around = content[max(0, error.start - 12) : error.start + 12].decode("cp1252", errors="replace")
    seen = " ".join(around.split())
    return (
        f"{path} must be UTF-8 text, received the byte 0x{byte:02x}: save it as UTF-8. In Windows-1252 (Latin-1), as "
        f"Excel often saves, it reads '{seen}'; if that is right: iconv -f WINDOWS-1252 -t UTF-8 {path} > utf8.csv"
    )


def _header(text: io.StringIO, path: Path, known: str | None) -> tuple[str, list[str], int]:
    """Find the separator, the names, and the number of lines up to their end; `text` is left at the first row.

    The separator is that of a first line `sep=`, else the one that splits the header into the most names.

    Raises:
        UsageError: there is no header, it has a name twice, or a quote in it is not closed.
    """
    lines = list(itertools.islice(text, FIRST_LINES))
    above = 0
    if lines and (match := _SEPARATOR_LINE.fullmatch(lines[0])):
        known, above = match["mark"], 1
    above += _comments(lines[above:], known)
    start = sum(map(len, lines[:above]))
    found = {separator: _first_row(text, start, separator, path) for separator in ((known,) if known else SEPARATORS)}
    separator = max(found, key=lambda each: len(found[each][0]))
    names, used, end = found[separator]
    if not names:
        raise UsageError(f"{path} is empty, expected a header with the names of the columns, and rows below.")
    text.seek(end)
    return separator, checked_names(names, path), above + used


def _first_row(text: io.StringIO, start: int, separator: str, path: Path) -> tuple[list[str], int, int]:
    """Return the first row that is not empty, and the number of lines and of characters up to its end."""
    text.seek(start)
    read = [0, 0]

    def lines() -> Iterator[str]:
        while line := text.readline():
            read[0], read[1] = read[0] + 1, read[1] + len(line)
            yield line

    try:
        row = next((row for row in csv.reader(lines(), delimiter=separator, skipinitialspace=True) if row), [])
    except csv.Error as error:
        raise UsageError(f"{path} has a quote in its header that is not closed: close it, or remove it.") from error
    return row, read[0], start + read[1]


def _comments(lines: list[str], known: str | None) -> int:
    """Count the lines above the header that are comments.

    The last line that begins with `#` is the header itself where it has as many names as the next has values, among
    them a number.
    """
    count = next((place for place, line in enumerate(lines) if not line.lstrip().startswith(_COMMENT)), len(lines))
    if not count or count == len(lines):
        return count
    for separator in (known,) if known else SEPARATORS:
        header, row = (lines[place].rstrip("\r\n").split(separator) for place in (count - 1, count))
        if len(header) == len(row) > 1 and any(any(map(str.isdigit, cell)) for cell in row):
            return count - 1
    return count


def _without_empty_end(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Drop empty rows at the end, and rows that are comments."""
    if len(names) > 1 and len(frame):
        comment = frame[names[0]].str.startswith(_COMMENT) & (frame[names[1:]] == "").all(axis=1)
        frame = frame[~comment] if comment.any() else frame
    filled = (frame != "").any(axis=1).to_numpy()
    last = int(filled.nonzero()[0].max()) + 1 if filled.any() else 0
    return frame.iloc[:last].reset_index(drop=True)


def _uneven(
    path: Path, names: list[str], above: int, error: Exception, text: io.StringIO, separator: str
) -> UsageError:
    """Make the error for a row that is too long, else from pandas'; `text` is at the first row, `above` lines down."""
    found = reason(error).removeprefix("Error tokenizing data. C error: ")
    if match := re.search(r"EOF inside string starting at row (\d+)", found):
        line = int(match[1]) + above + 1
        return UsageError(f"{path} has a quote in line {line} that is not closed: close it, or remove it.")
    if long := _long_row(text, separator, len(names)):
        line, count = long
        found = f"line {line + above} has {count}. Quote values that contain {separator!r}, or remove the extra ones"
    return UsageError(f"{path} must have a value for each of its {len(names)} columns in every row: {found}.")


def _long_row(text: io.StringIO, separator: str, width: int) -> tuple[int, int] | None:
    """Return the first line, counted from 1, of a row with more than `width` values, and how many it has."""
    rows = csv.reader(text, delimiter=separator, skipinitialspace=True)
    with suppress(csv.Error):
        return next(((rows.line_num, len(row)) for row in rows if len(row) > width), None)
    return None
