import pytest

from keras_search.tuner.study.rungs import RungPlace, rung_place


@pytest.mark.parametrize("place", [RungPlace(0, 3, 0, 0), RungPlace(12, 4, 0, 80), RungPlace(1, 0, 2, 1234)])
def test_a_name_holds_the_place(place: RungPlace) -> None:
    assert rung_place(place.name) == place


def test_names_of_other_tuners_hold_none() -> None:
    assert rung_place("0007") is None
