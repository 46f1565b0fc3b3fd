"""Recognise how a column writes its numbers: thousands separators, decimal commas, currencies, percent, brackets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from keras_search.tuner.data.tree import Array

MARKS = ((".", ""), (".", ","), (".", "'"), (".", " "), (",", ""), (",", "."), (",", "'"), (",", " "))
"""Decimal marks, each with the possible thousands separators; the plain notation comes first."""
UNITS = (
    *("US$", "C$", "A$", "R$", "$", "€", "£", "¥", "₹", "₩", "₽", "₺", "₪", "₫", "฿", "zł", "Kč", "kr", "Fr."),
    *("CHF", "USD", "EUR", "GBP", "JPY", "CNY", "INR", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "%"),
)
"""Currencies and percent, which may precede or follow a number."""
PERCENT = "%"
FEW = 200
"""The number of texts that are tried first, to rule out forms that do not fit."""
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_TOKEN = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+\u2212])?\s*(?P<before>{_UNIT})?\s*(?P<inner>[-+\u2212])?"
    r"(?P<body>[\d.,][\d.,'\u2019 \u00a0\u202f\u2009]*(?:[eE][-+]?\d+)?)"
    rf"\s*(?P<after>{_UNIT})?(?P<behind>[-\u2212])?(?P<close>\))?"
)
_MEASURE = re.compile(r"[-+\u2212]?\d[\d.,]*\s*(?P<unit>[^\W\d_][^\d\s]{0,9}|[°\"']{1,2}[A-Za-z]?)")
_BLANKS = {ord(blank): " " for blank in "\u00a0\u202f\u2009"} | {0x2019: "'"}


@dataclass(frozen=True)
class NumberForm:
    """How numbers are written: the decimal mark, the thousands separator and the unit, if any."""

    decimal: str = "."
    thousands: str = ""
    unit: str = ""

    def value(self, text: str) -> float:
        """Read one text; NaN if it is written differently."""
        parts = _parts(text if self.unit in UNITS else text.strip().removesuffix(self.unit))
        if parts is None or parts.unit not in ("", self.unit) or (self.unit == PERCENT and not parts.unit):
            return np.nan  # 0.3 beside 5% may be 30%
        body = parts.body
        if _body(self.decimal, self.thousands).fullmatch(body) is None:
            return np.nan
        number = float(body.replace(self.thousands or " ", "").replace(self.decimal, "."))
        return -number if parts.negative else number

    def values(self, texts: Sequence[str]) -> Array:
        """Read texts, float64 `(n,)`, NaN where one is written differently."""
        return np.array([self.value(text) for text in texts], np.float64)


@dataclass(frozen=True)
class _Parts:
    body: str
    unit: str
    negative: bool
    marked: bool
    plus: bool


def forms_of(texts: Sequence[str]) -> list[NumberForm]:
    """List the forms in which all of these different texts are numbers, one for each different result.

    None is listed if their units differ, if every one is a whole number in brackets, or if blanks separate groups of
    digits of the same length, as in telephone numbers. Money does not have three decimals.
    """
    few = texts[:: -(-len(texts) // FEW) or 1]
    marks = [mark for mark in MARKS if all(_fits(text, mark) for text in few)]
    forms = [form for form in _read_most(texts, marks) if not np.isnan(form.values(texts)).any()]
    if len(forms) > 1 and forms[0].unit not in ("", PERCENT):
        return [form for form in forms if form.thousands] or forms
    return forms


def common_unit(texts: Sequence[str]) -> str:
    """Return the unit after the number in all of these texts, such as `kg`; "" if it differs."""
    behind = {match["unit"] if (match := _MEASURE.fullmatch(text.strip())) else "" for text in texts}
    return next(iter(behind)) if len(behind) == 1 else ""


def likely_forms(texts: Sequence[str]) -> list[NumberForm]:
    """List the forms in which at least half of these texts are numbers, and as many as in any other."""
    forms = _read_most(texts, MARKS)
    most = max((_count(form, texts) for form in forms), default=0)
    return [form for form in forms if _count(form, texts) == most and 2 * most >= len(texts)]


def _fits(text: str, mark: tuple[str, str]) -> bool:
    """Return whether a text is a number with these marks, whatever its unit."""
    parts = _parts(text)
    return parts is not None and _body(*mark).fullmatch(parts.body) is not None


def _read_most(texts: Sequence[str], known: Sequence[tuple[str, str]]) -> list[NumberForm]:
    if not known:
        return []
    parts = [found for found in map(_parts, texts) if found is not None]
    units = {found.unit for found in parts} - {""}
    if not parts or len(units) > 1 or all(found.marked and found.body.isdigit() and not units for found in parts):
        return []
    unit = next(iter(units), "")
    marks = [mark for mark in known if mark[1] != " " or not _may_be_telephones(parts)]
    different: dict[bytes, NumberForm] = {}
    for form in (NumberForm(*mark, unit) for mark in marks):
        different.setdefault(form.values(texts).tobytes(), form)
    return [form for form in different.values() if _count(form, texts)]


def _may_be_telephones(parts: Sequence[_Parts]) -> bool:
    grouped = [found for found in parts if " " in found.body]
    lengths = {sum(character.isdigit() for character in found.body) for found in grouped}
    decimals = any(mark in found.body for found in grouped for mark in ",.")
    return any(found.plus for found in grouped) or (len(lengths) < 2 and not decimals)


def _count(form: NumberForm, texts: Sequence[str]) -> int:
    return int(np.count_nonzero(~np.isnan(form.values(texts))))


@lru_cache(maxsize=100_000)
def _parts(text: str) -> _Parts | None:
    """Split a text into its parts; None if it is not a number in any form."""
    match = _TOKEN.fullmatch(text.strip())
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    if (match["before"] and match["after"]) or (match["sign"] and match["inner"]):
        return None
    signs = (match["sign"] or match["inner"] or "", match["open"] or match["behind"] or "")
    if all(signs) or (match["open"] and match["behind"]):
        return None
    body = match["body"].strip().translate(_BLANKS)
    negative = signs[0] in ("-", "\u2212") and bool(signs[0])
    unit = match["before"] or match["after"] or ""
    return _Parts(body, unit, negative or bool(signs[1]), bool(signs[1]), signs[0] == "+")


@cache
def _body(decimal: str, thousands: str) -> re.Pattern[str]:
    """Return the pattern of a number without sign and unit."""
    point, part = re.escape(decimal), re.escape(thousands)
    fraction = rf"(?:{point}\d*)?"
    plain = rf"(?:\d+{fraction}|{point}\d+)(?:[eE][-+]?\d+)?"
    if not thousands:
        return re.compile(plain, re.ASCII)
    grouped = rf"[1-9]\d{{0,2}}(?:{part}\d{{3}})+{fraction}"
    indian = rf"|[1-9]\d?(?:,\d\d)+,\d{{3}}{fraction}" if thousands == "," else ""
    return re.compile(f"{plain}|{grouped}{indian}", re.ASCII)
