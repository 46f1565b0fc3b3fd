"""The measured model from Python: it predicts what was measured, from data as the study was given them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.api.study import Study
from keras_search.tuner.data import load_dataset
from keras_search.tuner.exporting.measured import find_measured
from keras_search.tuner.study.folder import StudyFolder


@pytest.fixture
def study(finished_study: StudyFolder) -> Study:
    return Study(finished_study)


def test_predictions_are_those_that_were_measured(study: Study) -> None:
    predicted = study.predict(load_dataset("digits").x_test)
    assert predicted.shape == (360, 10)
    np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(predicted, find_measured(StudyFolder(study.path)).predicted, atol=1e-6)


def test_the_best_model_is_a_keras_model_that_takes_what_the_study_was_given(study: Study) -> None:
    images = load_dataset("digits").x_test[:20]
    np.testing.assert_allclose(study.best_model().predict(images, verbose=0), study.predict(images), atol=1e-5)


def test_the_best_model_is_compiled_so_that_it_can_be_evaluated(study: Study) -> None:
    data = load_dataset("digits")
    found = study.best_model().evaluate(data.x_test, data.y_test, verbose=0, return_dict=True)
    correct = study.predict(data.x_test).argmax(axis=1) == data.y_test
    assert found["accuracy"] == pytest.approx(correct.mean())


def test_the_best_hyperparameters_are_those_of_the_best_trial(study: Study) -> None:
    best = study.trials().sort_values("score").iloc[-1]
    values = study.best_hyperparameters()
    assert values
    assert {name: best[name] for name in values} == values


def test_the_export_and_the_report_go_where_they_are_asked_to(study: Study, tmp_path: Path) -> None:
    exported = study.export(tmp_path / "model")
    assert [certificate.format for certificate in exported.certificates] == ["keras"]
    assert (tmp_path / "model" / "model.keras").is_file()
    assert study.report(tmp_path / "reports") == tmp_path / "reports" / study.name
    assert (tmp_path / "reports" / study.name / "report.html").is_file()


def test_a_table_is_refused_by_a_study_of_images_in_one_line(study: Study) -> None:
    expected = r"each has the shape \(1,\) float64, it takes .* \(8, 8\)\. Pass them as the study was given its own\."
    with pytest.raises(UsageError, match=expected):
        study.predict(pd.DataFrame({"age": [1.0, 2.0]}))


def test_the_verdict_has_what_the_file_says_by_attribute_and_by_key(study: Study) -> None:
    verdict = study.verdict
    assert verdict is not None
    assert verdict.sentence == verdict["sentence"]
    assert str(verdict).startswith(f"{verdict.verdict}: ")
    with pytest.raises(AttributeError, match="This verdict has no 'luck'"):
        _ = verdict.luck


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"formats": "onx"}, "formats= must be one of keras, .*, received 'onx'. Did you mean 'onnx'?"),
        ({"formats": 5}, "formats= must be a list of names, or None for all, received 5."),
        ({"formats": [1]}, r"formats= must be a list of names, or None for all, received \[1\]."),
        ({"output": 5}, "output= must be a path, received 5."),
        ({"overwrite": "yes"}, "overwrite= must be True or False, received 'yes'."),
    ],
)
def test_a_wrong_argument_of_an_export_is_refused(study: Study, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        study.export(**given)


def test_nothing_is_no_example(study: Study) -> None:
    with pytest.raises(UsageError, match=r"^There is nothing to predict"):
        study.predict([])
