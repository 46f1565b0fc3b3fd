"""Imports are quicker, and what they import is the same."""

import inspect
import resource
import sys
from collections.abc import Callable

import pytest

from keras_search.tuner.system.importing import annotations_compiled_once, roomy, signatures_read_once


def _faults_at(depth: int) -> int:
    """Count the pages that a hundred calls at a depth of the stack have mapped."""
    if depth:
        return _faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        _small()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _small(a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
    return a + b + c + d


def _most_faults() -> int:
    return max(_faults_at(depth) for depth in range(250))


@pytest.mark.skipif(sys.platform != "linux", reason="pages are counted as Linux does")
def test_frames_have_room_in_one_piece() -> None:
    """In a piece of 16 KB, some depth is where each call maps memory."""
    most: list[int] = []

    @roomy
    def with_room() -> None:
        most.append(_most_faults())

    with_room()
    assert most[0] < 50


def test_a_function_with_room_is_called_as_before() -> None:
    heard: list[object] = []

    @roomy
    def hear(first: int, *others: int, **named: int) -> None:
        heard.extend([first, others, named])

    hear(1, 2, three=3)
    assert heard == [1, (2,), {"three": 3}]


def test_signatures_are_the_same_and_read_anew_afterwards() -> None:
    functions: list[Callable[..., object]] = [_small, _faults_at, inspect.signature]
    read = inspect._signature_from_function  # type: ignore[attr-defined]
    expected = [inspect.signature(each) for each in functions]
    with signatures_read_once(), annotations_compiled_once():
        assert [inspect.signature(each) for each in functions * 2] == expected * 2
        assert inspect.signature(_small) is inspect.signature(_small)
        assert inspect.signature(_small, eval_str=True).parameters["a"].annotation is int
        bound = inspect.signature("".join)
        assert inspect.getfullargspec(_small).args == ["a", "b", "c", "d"]
    assert inspect._signature_from_function is read  # type: ignore[attr-defined]
    assert bound == inspect.signature("".join)
