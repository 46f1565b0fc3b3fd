"""The list of trials that other sides replay."""

from pathlib import Path

import pytest

from keras_search.benchmarks.trials import Trial, TrialList, keras_tuner_values


@pytest.fixture
def bracket() -> list[Trial]:
    """Three configurations, of which one is promoted twice."""
    return [
        Trial("i1-b2-r0-000", {"units": 1}, 0, 1, None),
        Trial("i1-b2-r0-001", {"units": 2}, 0, 1, None),
        Trial("i1-b2-r1-001", {"units": 2}, 1, 3, "i1-b2-r0-001"),
        Trial("i1-b2-r2-001", {"units": 2}, 3, 9, "i1-b2-r1-001"),
        Trial("i1-b0-r0-000", {"units": 3}, 0, 9, None),
    ]


def test_promoted_trial_names_its_parent_by_keras_tuners_number(bracket: list[Trial]) -> None:
    assert keras_tuner_values(bracket, 2) == {
        "units": 2,
        "tuner/epochs": 3,
        "tuner/initial_epoch": 1,
        "tuner/trial_id": "1",
    }


def test_trial_numbers_are_padded_to_the_width_of_the_number_of_trials(bracket: list[Trial]) -> None:
    many = bracket + [Trial(f"more-{number}", {}, 0, 1, None) for number in range(5)]
    assert keras_tuner_values(many, 3)["tuner/trial_id"] == "02"


def test_new_trial_has_no_parent_among_its_values(bracket: list[Trial]) -> None:
    assert keras_tuner_values(bracket, 0) == {"units": 1, "tuner/epochs": 1, "tuner/initial_epoch": 0}


def test_best_is_chosen_among_those_trained_longest(bracket: list[Trial]) -> None:
    scores = {trial.name: 0.9 for trial in bracket} | {"i1-b2-r0-000": 0.99, "i1-b0-r0-000": 0.95}
    assert TrialList({}, bracket).best(scores).name == "i1-b0-r0-000"


def test_list_survives_its_file(bracket: list[Trial], tmp_path: Path) -> None:
    listed = TrialList({"space": []}, bracket)
    listed.save(tmp_path / "trials.json")
    assert TrialList.load(tmp_path / "trials.json") == listed
