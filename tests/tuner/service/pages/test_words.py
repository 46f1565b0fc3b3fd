"""Times and sizes as people tell them."""

import doctest

import pytest

from keras_search.tuner.service.pages import words


def test_the_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (-3600, "later"),
        (0, "just now"),
        (44, "just now"),
        (60, "1 minute ago"),
        (150, "3 minutes ago"),
        (59.6 * 60, "1 hour ago"),
        (86400, "1 day ago"),
        (40 * 86400, "1 month ago"),
        (800 * 86400, "2 years ago"),
    ],
)
def test_a_time_is_told_as_people_tell_it(passed: float, told: str) -> None:
    assert words.ago(1e9, now=1e9 + passed) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "less than a second"),
        (59.6, "1 min"),
        (3600, "1 h"),
        (3 * 86400, "3 days"),
        (float("inf"), "not known yet"),
    ],
)
def test_a_duration_is_told_as_people_tell_it(seconds: float, told: str) -> None:
    assert words.duration(seconds) == told
