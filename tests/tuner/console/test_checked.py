from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.console.checked import folder, one_of, whole


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


@pytest.mark.parametrize(
    ("read", "given", "message"),
    [
        (whole("--n", 1), "x", "--n must be a whole number, received 'x'."),
        (whole("--n", 1), "", "--n must be a whole number, received ''."),
        (whole("--n", 1), "nan", "--n must be a whole number, received 'nan'."),
        (whole("--n", 1), "0", "--n must be at least 1, received 0."),
        (whole("--n", 0, 9), "10", "--n must lie between 0 and 9, both included, received 10."),
        (one_of("--f", Fruit), "aple", "--f must be one of apple, pear, received 'aple'. Did you mean 'apple'?"),
        (folder("--d"), "", "--d must be a folder, received ''."),
        (folder("--d"), __file__, f"--d must be a folder, {__file__} is a file."),
    ],
)
def test_what_is_wrong_is_refused_in_our_words(read: Callable[[str], Any], given: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(given)
    assert str(refused.value) == message


def test_what_is_right_is_read() -> None:
    assert whole("--n", 1)("12") == 12
    assert one_of("--f", Fruit)("pear") is Fruit.PEAR
    assert folder("--d")("new") == Path("new")
