"""The name of a new study, which is not that of somebody's data."""

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.session.naming import new_name
from keras_search.tuner.study.settings import StudySettings


@pytest.mark.parametrize("name", ["eu.csv", "data/eu.csv", "rows.csv.gz", "arrays.npz", "old.xls", "photos.zip"])
def test_the_name_of_a_file_of_data_is_refused_for_a_study_of_other_data(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        new_name(name, StudySettings.create())
    assert str(raised.value) == (
        f"{name!r} is the name of a file of data, not of a study: name the data with --dataset {name}."
    )


@pytest.mark.parametrize(
    ("name", "dataset", "expected"),
    [(None, "digits", "digits"), (None, "wine.csv.gz", "wine"), ("wine.csv", "wine.csv", "wine.csv"),
     ("v1.2", "digits", "v1.2")],
)  # fmt: skip
def test_other_names_are_taken(name: str | None, dataset: str, expected: str) -> None:
    target = None if dataset == "digits" else "label"
    assert new_name(name, StudySettings.create(dataset=dataset, target=target)) == expected
