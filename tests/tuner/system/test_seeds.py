"""Seeds: read from a hash of where they are used."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.system import seeds
from keras_search.tuner.system.seeds import derive_seed


def test_seed_is_the_same_on_every_machine() -> None:
    assert derive_seed(0, "weights") == 5808594629991019556


def test_seed_of_text_and_of_number_differ() -> None:
    assert derive_seed("1") != derive_seed(1)


def test_parts_are_kept_apart() -> None:
    assert len({derive_seed("a", "bc"), derive_seed("ab", "c"), derive_seed("abc")}) == 3


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_neighbours_share_nothing(seed: int, place: int) -> None:
    """No seed is that of a neighbour, nor that of a neighbouring place moved by the difference."""
    around = {derive_seed(seed + one, place + other) for one in range(3) for other in range(3)}
    assert len(around) == 9
    assert all(0 <= found < 2**63 for found in around)


def test_examples_hold() -> None:
    assert doctest.testmod(seeds).failed == 0
