"""Numbers as people write them: one meaning, two, or none."""

from math import copysign

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keras_search.tuner.data.numberforms import MARKS, NumberForm, common_unit, forms_of, likely_forms

SURE = {
    "12,345,678|950": [12345678, 950],
    "50,524|1,200.5": [50524, 1200.5],
    "$2,715|$15": [2715, 15],
    "10.7%|3 %": [10.7, 3],
    "1.234,50|12": [1234.5, 12],
    "1.234.567|1": [1234567, 1],
    "0,524|1,234": [0.524, 1.234],
    "1,5|2,25": [1.5, 2.25],
    "1'234.50|5": [1234.5, 5],
    "1 234,5|950": [1234.5, 950],
    "12,34,567|5": [1234567, 5],
    "(1,234.00)|5": [-1234, 5],
    "($5.00)|$7.50": [-5, 7.5],
    "(1,234.5)|(5)": [-1234.5, -5],
    "-$5|$-6|\u22127": [-5, -6, -7],
    "5-|4": [-5, 4],
    "€ 1.200,00|3,5 €": [1200, 3.5],
    "CHF 1'200.05|CHF 7": [1200.05, 7],
}
UNSURE = {"50,524|1,200": ([50524, 1200], [50.524, 1.2]), "1.234|2.500": ([1.234, 2.5], [1234, 2500])}
NONE = ["$5|€5", "5%|0.3", "(1)|(2)", "555 123 456|555 123 457", "+49 30 123|+49 30 1234", "1.2.3|4",
        "192.168.1.1|10.0.0.1", "18-25|26-30", "1,2,3|4", "01/02/2020|5", "a|b", "5 kg|6 kg", ".|,", "1,23,45|1",
        "--5|4", "(5|4", "1e|2", "01,234,567|1"]  # fmt: skip


@pytest.mark.parametrize("texts", SURE)
def test_one_meaning(texts: str) -> None:
    (form,) = forms_of(texts.split("|"))
    assert form.values(texts.split("|")).tolist() == SURE[texts]


@pytest.mark.parametrize("texts", UNSURE)
def test_two_meanings(texts: str) -> None:
    assert [form.values(texts.split("|")).tolist() for form in forms_of(texts.split("|"))] == [*UNSURE[texts]]


@pytest.mark.parametrize("texts", NONE)
def test_no_meaning(texts: str) -> None:
    assert forms_of(texts.split("|")) == []


def test_some_that_are_none_leave_the_form_of_the_others() -> None:
    texts = ["$2,715.00", "$3", "call us"]
    assert forms_of(texts) == []
    assert likely_forms(texts) == [NumberForm(".", ",", "$")]
    assert likely_forms(["$3", "call", "us"]) == []


def test_what_stands_behind_every_number() -> None:
    assert common_unit(["5 kg", "6.5 kg"]) == "kg"
    assert common_unit(["5kg", "6 lb"]) == common_unit(["a5", "b6"]) == common_unit(["5", "6"]) == ""
    assert NumberForm(unit="kg").values(["5 kg", "6kg", "7"]).tolist() == [5, 6, 7]


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=5), st.sampled_from(MARKS), st.data())
def test_what_one_form_writes_is_read_in_it(values: list[object], marks: tuple[str, str], data: st.DataObject) -> None:
    """Written with two decimals, numbers have one meaning, but for blanks that numbers of telephones have too."""
    decimal, thousands = marks
    unit = data.draw(st.sampled_from(["", "$", "%", "EUR"]))
    texts = [f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", thousands) for value in values]
    forms = forms_of([f"{text} {unit}".strip() for text in texts])
    assume(thousands != " " or forms)
    (form,) = forms
    found = form.values([f"{text} {unit}".strip() for text in texts])
    assert found.tolist() == [float(str(value)) for value in values]
    assert all(
        copysign(1, number) == copysign(1, float(str(value))) for number, value in zip(found, values, strict=True)
    )


@given(st.lists(st.text(alphabet="0123456789.,' -+()$€%eE", max_size=12), max_size=4))
def test_no_text_stops_it(texts: list[str]) -> None:
    assert all(not np.isnan(form.values(texts)).any() for form in forms_of(texts))
