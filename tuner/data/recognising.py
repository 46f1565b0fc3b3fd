"""Decide what the columns of a table hold: plain numbers, numbers in some form, dates, or categories."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import pandas as pd

from keras_search.tuner.data import dateforms
from keras_search.tuner.data.columns import (
    ColumnPlace,
    as_texts,
    checked,
    is_dated,
    is_typed,
    parsed,
    text_among_numbers,
    typed_days,
    typed_numbers,
)
from keras_search.tuner.data.numberforms import NumberForm, common_unit, forms_of, likely_forms
from keras_search.tuner.data.oddity import Oddity, drop, quoted
from keras_search.tuner.data.readings import DateReading, NumberReading, Reading
from keras_search.tuner.data.tree import Array

ORDERS = {"day-first": "day first", "month-first": "month first", "year-first": "short year first"}
DECIMALS = {"decimal-comma": ",", "decimal-point": "."}
KINDS = ("text", "number", *DECIMALS, *ORDERS)
"""The kinds of `--read-as COLUMN=KIND`, for ambiguous columns."""
LONGEST_CATEGORY = 200
"""Characters; a longer text is prose and not a category."""
LONGEST_WHOLE = 2**53
"""Above this number, float64 skips whole numbers."""
SAMPLE = 200
"""The number of texts that are tried first: if none of them is a number or a date, the others hardly are."""
POINTED = re.compile(r"-?[1-9]\d{0,2}(\.\d{3})+", re.ASCII)
"""A number whose points may separate thousands."""


@dataclass(frozen=True, eq=False)
class Recognised:
    """What a column holds: numbers, float64 `(n, features)`, NaN where missing, or texts `(n,)`, "" if missing.

    `reading` says how it was read if that is not plain, `notes` what the user should know about it.
    """

    values: Array
    reading: Reading | None = None
    notes: tuple[Oddity, ...] = ()

    @property
    def is_text(self) -> bool:
        """True if the column holds categories."""
        return self.values.dtype.kind == "U"

    @property
    def is_empty(self) -> bool:
        """True if the column holds nothing."""
        return not self.is_text and bool(np.isnan(self.values).all())


def recognise(values: pd.Series, place: ColumnPlace, wish: str | None = None, mark: str | None = None) -> Recognised:
    """Read a column; `wish` is one of `KINDS` if the user chose it, `mark` the file's decimal mark if known.

    Booleans become 1 or 0.

    Raises:
        UsageError: it holds text among numbers or dates, ambiguous or infinite numbers, or text that is not a
            category.
    """
    if wish == "text":
        return Recognised(as_texts(values, place))
    if is_dated(values):
        days = typed_days(values)
        return _dates(DateReading(place.column, "year first", dateforms.parts_of(days)), days)
    if is_typed(values):
        found = typed_numbers(values, place)
        if wish is None and pd.api.types.is_integer_dtype(values.dtype) and _is_long(found):
            texts = as_texts(values, place)
            return Recognised(texts, None, (_long_codes(texts[texts != ""], place),))
        return (
            _digit_dates(found, place)
            if wish == "year-first"
            else Recognised(found[:, None], None, _dated(found, place))
        )
    texts = as_texts(values, place)
    numbers, filled = parsed(texts)
    if not (filled & np.isnan(numbers)).any():
        return _plain(texts, numbers, filled, place, wish, mark)
    return _written(texts, numbers, filled, place, wish, mark)


def decimal_mark(columns: Iterable[Array], separator: str | None) -> str | None:
    """Infer the decimal mark of a file from its text columns that can only be read in one way.

    If there is none, a comma that separates columns is not a decimal mark.
    """
    sure = set()
    for texts in columns:
        different = _sample(_different(texts, parsed(texts)[1]))
        forms = forms_of(different)
        if len(forms) == 1 and any("," in text or "." in text for text in different):
            sure.add(forms[0].decimal)
    if len(sure) == 1:
        return next(iter(sure))
    return "." if not sure and separator == "," else None


def settled_form(different: list[str], place: ColumnPlace, wish: str | None, mark: str | None) -> NumberForm | None:
    """Return the form in which all of these texts are numbers, None if there is none.

    Raises:
        UsageError: there are two, and nothing tells which.
    """
    if wish in ORDERS:
        return None
    forms = forms_of(different)
    if wish == "number" and not forms and (unit := common_unit(different)):
        forms = [NumberForm(form.decimal, form.thousands, unit) for form in _bare_forms(different, unit)]
    wanted = DECIMALS.get(wish or "", mark)
    if len(forms) > 1 and wanted:
        forms = [form for form in forms if form.decimal == wanted]
    if len(forms) > 1:
        _refuse_two_forms(different, forms, place)
    return forms[0] if forms else None


def settled_layout(different: list[str], place: ColumnPlace, wish: str | None) -> str | None:
    """Return the layout in which all of these texts are dates, None if there is none.

    Raises:
        UsageError: there are two, and nothing tells which.
    """
    layouts = dateforms.layouts_of(different)
    if len(layouts) > 1 and wish in ORDERS:
        layouts = [layout for layout in layouts if layout == ORDERS[wish]] or layouts
    if len(layouts) > 1:
        _refuse_two_layouts(different, layouts, place)
    return layouts[0] if layouts else None


def has_leading_zeros(texts: Array) -> bool:
    """Return whether texts of digits alone begin with a 0 that a number would not have."""
    first, rest = texts.astype("U1"), np.char.str_len(texts) > 1
    return bool(((first == "0") & rest).any()) and bool(np.char.isdigit(texts).all())


def _plain(
    texts: Array, numbers: Array, filled: Array, place: ColumnPlace, wish: str | None, mark: str | None
) -> Recognised:
    """Read a column of plain numbers, or of texts that look like them."""
    there = texts[filled]
    if wish is None and has_leading_zeros(there):
        return Recognised(texts, None, (_codes(there, place),))
    if wish is None and _is_long(numbers[filled]) and np.char.isdigit(np.char.lstrip(there, "+-")).all():
        return Recognised(texts, None, (_long_codes(there, place),))
    if wish == "year-first":
        return _digit_dates(numbers, place)
    comma = DECIMALS.get(wish or "", mark) == "," and wish != "number"
    if comma and len(there) and all(map(POINTED.fullmatch, _different(texts, filled))):
        return _numbers(NumberForm(",", "."), texts, filled, place)
    return Recognised(checked(numbers, place)[:, None], None, _dated(numbers, place))


def _written(
    texts: Array, numbers: Array, filled: Array, place: ColumnPlace, wish: str | None, mark: str | None
) -> Recognised:
    """Read a column in which not all texts are plain numbers."""
    different = _different(texts, filled)
    if wish is None and not _may_be_more(different):
        return _categories(texts, filled, place)
    form = settled_form(different, place, wish, mark)
    if form is not None:
        return _numbers(form, texts, filled, place)
    layout = settled_layout(different, place, wish)
    if layout is not None:
        reading = DateReading(place.column, layout)
        days = reading.apply(np.where(filled, texts, ""))[:, 0]
        return _dates(DateReading(place.column, layout, dateforms.parts_of(days)), days)
    _refuse_mixtures(texts, numbers, filled, place, wish)
    return _categories(texts, filled, place)


def _numbers(form: NumberForm, texts: Array, filled: Array, place: ColumnPlace) -> Recognised:
    reading = NumberReading(place.column, form.decimal, form.thousands, form.unit)
    values = reading.apply(np.where(filled, texts, ""))
    checked(values[:, 0], place)
    example = next(str(text) for text in texts[filled] if not str(text).isdigit())
    what = f"Column {quoted(place.column)} was read as {reading}: {example!r} is {form.value(example):.12g}."
    advice = f"No action needed if that is right, else {place.read_as('text')} or {drop([place.column])}"
    return Recognised(values, reading, (Oddity("note", what, advice),))


def _dates(reading: DateReading, days: Array) -> Recognised:
    what = f"Column {quoted(reading.column)} was read as {reading}."
    advice = f"No action needed; if new rows will have other dates than these, better {drop([reading.column])}"
    return Recognised(reading.of_days(days), reading, (Oddity("note", what, advice),))


def _digit_dates(numbers: Array, place: ColumnPlace) -> Recognised:
    """Read numbers of eight digits, year, month and day, as dates."""
    texts = np.array(["" if np.isnan(number) else f"{number:.0f}" for number in numbers])
    layout = dateforms.DIGITS
    days = DateReading(place.column, layout).apply(texts)[:, 0]
    if len(others := np.flatnonzero((texts != "") & np.isnan(days))):
        raise text_among_numbers(texts, int(others[0]), place, "date")
    return _dates(DateReading(place.column, layout, dateforms.parts_of(days)), days)


def _categories(texts: Array, filled: Array, place: ColumnPlace) -> Recognised:
    """Check that texts are categories."""
    there = texts[filled]
    longest = int(np.char.str_len(there).max())
    if longest > LONGEST_CATEGORY:
        raise place.error(f"holds texts of up to {longest:,} characters", "write categories")
    different = _different(texts, filled)
    return Recognised(texts, None, _unused_numbers(different, place))


def _unused_numbers(different: list[str], place: ColumnPlace) -> tuple[Oddity, ...]:
    """Find categories that a person would take for numbers."""
    sample, holds = _sample(different), f"Column {quoted(place.column)} holds numbers"
    unit = common_unit(different) if len(different) > 2 and common_unit(sample) else ""
    if unit:
        what = f"{holds} followed by {unit!r}, such as {different[0]!r}: they were read as categories."
        return (Oddity("note", what, f"To learn from them as numbers: {place.read_as('number')}"),)
    if _count_numbers(sample) == len(sample):
        what = f"{holds} written in several ways, such as {different[0]!r}: they were read as categories."
        return (Oddity("note", what, "Write all in one way, with one unit or none."),)
    return ()


def _codes(there: Array, place: ColumnPlace) -> Oddity:
    example = next(str(text) for text in there if text[0] == "0" and len(text) > 1)
    what = f"Column {quoted(place.column)} holds codes that begin with 0, such as {example!r}"
    return Oddity("note", f"{what}: they were read as categories.", f"If they are numbers: {place.read_as('number')}")


def _is_long(numbers: Array) -> bool:
    """Return whether whole numbers are so long that float64 merges some of them."""
    return bool((np.abs(numbers) >= LONGEST_WHOLE).any())


def _long_codes(there: Array, place: ColumnPlace) -> Oddity:
    example = str(max(there, key=len))
    what = (
        f"Column {quoted(place.column)} holds whole numbers too long to be distinguished as numbers, such as {example}"
    )
    return Oddity("note", f"{what}: they were read as categories.", f"If they are amounts: {place.read_as('number')}")


def _dated(numbers: Array, place: ColumnPlace) -> tuple[Oddity, ...]:
    """Find whole numbers that are all dates of eight digits."""
    there = numbers[~np.isnan(numbers)]
    if not ((there >= 19000101) & (there <= 21001231) & (there % 1 == 0)).all():
        return ()
    there = np.unique(there)
    if len(there) < 2:
        return ()
    texts = [f"{number:.0f}" for number in there]
    if np.isnan(dateforms.days_of(texts, dateforms.DIGITS)).any():
        return ()
    what = f"Column {quoted(place.column)} holds numbers that look like dates, such as {texts[0]}."
    return (Oddity("note", what, f"If they are, to learn from them as such: {place.read_as('year-first')}"),)


def _refuse_mixtures(texts: Array, numbers: Array, filled: Array, place: ColumnPlace, wish: str | None) -> None:
    """Refuse a column in which half or more are numbers or dates and others are not; with a wish, any such column.

    Raises:
        UsageError: it is.
    """
    different = _different(texts, filled)
    dates = [("date", _values(DateReading("", layout), texts)) for layout in dateforms.likely_layouts(different)]
    if wish in ORDERS:
        found = [*dates, ("date", np.full(len(texts), np.nan))]
    else:
        found = [*(("number", _values(form, texts)) for form in likely_forms(different)), ("number", numbers), *dates]
    for what, values in found:
        others = np.flatnonzero(filled & np.isnan(values))
        if wish or 2 * len(others) <= filled.sum():
            raise text_among_numbers(texts, int(others[0]), place, what)


def _values(how: NumberForm | DateReading, texts: Array) -> Array:
    return how.values(texts.tolist()) if isinstance(how, NumberForm) else how.apply(texts)[:, 0]


def _refuse_two_forms(different: list[str], forms: list[NumberForm], place: ColumnPlace) -> NoReturn:
    example = next(text for text in different if len({form.value(text) for form in forms[:2]}) > 1)
    first, second = (f"{form.value(example):.12g}" for form in forms[:2])
    found = f"holds numbers that can be read in two ways, {example!r} as {first} or as {second}"
    raise place.error(found, f"say which with {place.read_as('decimal-point')} or {place.read_as('decimal-comma')}")


def _refuse_two_layouts(different: list[str], layouts: list[str], place: ColumnPlace) -> NoReturn:
    example = next(text for text in different if len({dateforms.day_of(text, layout) for layout in layouts[:2]}) > 1)
    ways = " or ".join(dateforms.written(dateforms.day_of(example, layout)) for layout in layouts)
    kinds = " or ".join(place.read_as(kind) for kind, layout in ORDERS.items() if layout in layouts)
    raise place.error(f"holds dates that can be read in several ways, {example!r} as {ways}", f"say which with {kinds}")


def _bare_forms(different: list[str], unit: str) -> list[NumberForm]:
    return forms_of([text.strip().removesuffix(unit) for text in different])


def _different(texts: Array, filled: Array) -> list[str]:
    return [str(text) for text in np.unique(texts[filled])]


def _sample(different: list[str]) -> list[str]:
    """Choose some, evenly from the first to the last."""
    return different[:: -(-len(different) // SAMPLE) or 1]


def _may_be_more(different: list[str]) -> bool:
    """Return whether some may be numbers or dates."""
    sample = _sample(different)
    return _count_numbers(sample) > 0 or bool(likely_forms(sample)) or bool(dateforms.likely_layouts(sample))


def _count_numbers(texts: list[str]) -> int:
    """Count the texts that are numbers in some form."""
    return sum(bool(forms_of([text])) for text in texts)
