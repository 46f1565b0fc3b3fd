"""What no study of ours says is found, with its name and its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.study.fact_kinds import FACTS, NUMBERS, VALUES, misfit, wrong_fact

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
TARGET = {"name": "", "class_names": ["a", "b"], "width": 1, "shape": None, "offset": []}
GOOD = {
    "data": {"name": "t", "digest": "d", "class_names": [], "targets": [TARGET], "passed": False, "code": ""},
    "space": {"space": [{"class_name": "Choice", "config": {"name": "u", "values": [1, 2]}}], "values": {"u": 1.5}},
    "notes": ["one", "two"],
    "best": None,
    "defaults": {"u": 1, "v": "x", "w": None, "z": True},
    "planned": 3,
    "of a later version": [[1]],
}


@pytest.mark.parametrize("name", GOOD)
def test_what_a_study_keeps_is_right(name: str) -> None:
    assert wrong_fact(name, GOOD[name]) is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("notes", 1, "the fact 'notes' should be a list, received 1"),
        ("notes", ["a", 2], "the fact 'notes', entry 2, should be text, received 2"),
        ("settings", [1], "the fact 'settings' should be names with values, received [1]"),
        ("planned", True, "the fact 'planned' should be a whole number or nothing, received True"),
        ("comparable", 1, "the fact 'comparable' should be true or false, received 1"),
        ("data", {"targets": [{**TARGET, "width": "x"}]},
         "the fact 'data', 'targets', entry 1, 'width', should be a whole number, received 'x'"),
        ("data", {"class_names": "ab"}, "the fact 'data', 'class_names', should be a list, received 'ab'"),
        ("space", {"space": [{"config": {"name": 7}}]},
         "the fact 'space', 'space', entry 1, 'config', 'name', should be text, received 7"),
        ("sights", {"model": {"role": "input"}},
         "the fact 'sights', 'model', should be a list, received {'role': 'input'}"),
        ("defaults", {"u": [1]},
         "the fact 'defaults' should be names with values or nothing, received {'u': [1]}"),
        ("fingerprint", ["x" * 100],
         f"the fact 'fingerprint' should be text, received ['{'x' * 38}\N{HORIZONTAL ELLIPSIS}"),
    ],
)  # fmt: skip
def test_what_is_none_of_ours_is_named(name: str, value: Any, message: str) -> None:
    assert wrong_fact(name, value) == message


def test_numbers_may_be_whole_and_values_are_plain() -> None:
    assert misfit("m", {"loss": 1, "accuracy": 0.5, "nan": float("nan")}, NUMBERS) is None
    assert misfit("m", {"loss": "low"}, NUMBERS) == "m, 'loss', should be a number, received 'low'"
    assert misfit("its hyperparameters", {"u": {}}, VALUES) == (
        "its hyperparameters, 'u', should be true or false or a whole number or a number or text or nothing, "
        "received {}"
    )


@given(st.sampled_from(sorted(FACTS)), JSON)
def test_any_value_is_right_or_told_on_one_line(name: str, value: Any) -> None:
    wrong = wrong_fact(name, value)
    assert wrong is None or (wrong.startswith(f"the fact {name!r}") and "\n" not in wrong)
