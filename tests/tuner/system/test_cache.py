"""A result is made once for each key, and never from a file that is not its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keras_search.tuner.system.cache import MOST, cached


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of the results."""
    monkeypatch.setenv("KERAS_SEARCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _once(value: Any) -> Callable[[], Any]:
    """Return a function that may be called once."""
    left = [value]
    return left.pop


@pytest.mark.usefixtures("place")
def test_a_result_is_made_once_for_each_key() -> None:
    make = _once({"a": (1, 2.5, float("nan"))})
    expected = {"a": [1, 2.5, None]}
    assert cached("kind", ("x", 1), make) == expected
    assert cached("kind", ("x", 1), make) == expected
    assert cached("kind", ("x", 2), _once(3)) == 3
    assert cached("other", ("x", 1), _once(4)) == 4


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"key": "other", "value": 1}', b"\xff"])
def test_a_damaged_file_is_made_again(place: Path, content: bytes) -> None:
    cached("kind", (1,), _once(1))
    (file,) = place.iterdir()
    file.write_bytes(content)
    assert cached("kind", (1,), _once(2)) == 2
    assert cached("kind", (1,), list) == 2


def test_only_the_last_are_kept(place: Path) -> None:
    for number in range(MOST + 5):
        cached("kind", (number,), _once(number))
    assert len(list(place.iterdir())) == MOST


def test_without_a_place_it_is_made_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERAS_SEARCH_CACHE", str(tmp_path / "file" / "cache"))
    assert [cached("kind", (1,), _once(value)) for value in (1, 2)] == [1, 2]


@pytest.mark.usefixtures("place")
def test_an_error_is_raised_and_nothing_is_kept() -> None:
    with pytest.raises(ZeroDivisionError):
        cached("kind", (1,), lambda: 1 / 0)
    assert cached("kind", (1,), _once(1)) == 1
