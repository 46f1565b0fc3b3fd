"""Dates as people write them: one meaning, several, or none; pandas is the reference."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.data.dateforms import days_of, layouts_of, likely_layouts, parts_of, written

SURE = {
    "2022-03-28": "2022-03-28",
    "2022/3/8": "2022-03-08",
    "2022.03.28": "2022-03-28",
    "03 May 2022": "2022-05-03",
    "3-May-22": "2022-05-03",
    "3rd of": None,
    "3rd May, 2022": "2022-05-03",
    "May 3, 2022": "2022-05-03",
    "September 30 1999": "1999-09-30",
    "Tue, 03 May 2022 10:00:00 +0000": "2022-05-03 10:00:00",
    "01.02.2022": "2022-02-01",
    "28/03/2022": "2022-03-28",
    "03/28/2022 5:00 PM": "2022-03-28 17:00:00",
    "2022-03-28T10:11:12.25Z": "2022-03-28 10:11:12",
    "2022-03-28T10:00:00+02:00": "2022-03-28 08:00:00",
    "14:35": "1970-01-01 14:35:00",
    "12:05 am": "1970-01-01 00:05:00",
    "2022-05": "2022-05-01",
    "2022-02-31": None,
    "0000-00-00": None,
    "2022-13-01": None,
    "25:10": None,
    "13:10 pm": None,
    "20220328": None,
    "10-20": None,
    "1.2.3": None,
    "March": None,
}


@pytest.mark.parametrize("text", SURE)
def test_one_date(text: str) -> None:
    layouts = layouts_of([text])
    assert [written(days_of([text], layout)[0]) for layout in layouts] == ([SURE[text]] if SURE[text] else [])


def test_two_dates() -> None:
    assert layouts_of(["01/02/2022", "03/04/2022"]) == ["day first", "month first"]
    assert layouts_of(["01/02/2022", "13/04/2022"]) == ["day first"]
    assert layouts_of(["01/02/2022", "03/14/2022"]) == ["month first"]
    assert layouts_of(["13/02/2022", "03/14/2022"]) == []
    assert layouts_of(["22/03/28"]) == ["day first", "short year first"]
    assert layouts_of(["05/05/2022"]) == ["day first"]


def test_some_that_are_none_leave_the_layout_of_the_others() -> None:
    assert likely_layouts(["2020-01-02", "soon"]) == ["year first"]
    assert likely_layouts(["2020-01-02", "soon", "never"]) == []


LAYOUTS = ["%Y-%m-%d %H:%M:%S.%f", "%d %B %Y %H:%M:%S.%f", "%B %d, %Y %I:%M:%S.%f %p", "%d.%m.%Y %H:%M:%S.%f"]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.sampled_from(LAYOUTS))
def test_days_are_those_of_pandas(moment: datetime, layout: str) -> None:
    text = moment.strftime(layout)
    (found,) = layouts_of([text])
    expected = (pd.Timestamp(moment) - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    assert days_of([text], found)[0] == pytest.approx(expected, abs=1e-9)


def test_what_comes_round_again() -> None:
    def days(*moments: datetime) -> np.ndarray:
        return np.array([*((moment - datetime(1970, 1, 1)) / timedelta(days=1) for moment in moments), np.nan])

    first = datetime(2021, 1, 4)
    assert parts_of(days(first, first + timedelta(days=3))) == ()
    assert parts_of(days(first, first + timedelta(hours=3))) == ("time of day",)
    assert parts_of(days(*(first + timedelta(days=10 * step) for step in range(9)))) == ("weekday",)
    assert parts_of(days(*(first + timedelta(weeks=step) for step in range(9)))) == ()
    assert parts_of(days(first, first + timedelta(days=400, hours=1))) == ("time of year", "weekday", "time of day")
    assert parts_of(days()) == ()
