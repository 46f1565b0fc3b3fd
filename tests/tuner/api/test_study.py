"""A study is read again when its database has changed, and what is given away is the caller's own."""

import shutil
from pathlib import Path

import pytest

from keras_search.tuner.api.study import Study
from keras_search.tuner.console import summary
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.store import Store


@pytest.fixture
def study(finished_study: StudyFolder, tmp_path: Path) -> Study:
    shutil.copytree(finished_study.root, tmp_path / "digits")
    return Study(StudyFolder(tmp_path / "digits"))


def _commit(study: Study) -> None:
    with Store.open(study.path) as store, store.transaction():
        store.set_facts(planned=7)


def test_the_settings_are_read_without_a_verdict(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(summary, "_judged")
    assert (study.settings["tuner"], study.settings["max_trials"]) == ("random", 1)
    assert study.settings == summary.settings(StudyFolder(study.path))


def test_what_has_not_changed_is_gathered_once_and_after_a_commit_again(study: Study) -> None:
    data, verdict = study._report_data(), study.verdict
    assert study.plot.comparison().axes
    assert study._report_data() is data
    assert (study.verdict, study.summary()["trials"]["planned"]) == (verdict, None)
    _commit(study)
    assert study._report_data() is not data
    assert study.summary()["trials"]["planned"] == 7


def test_what_a_caller_changes_is_the_caller_s_own(study: Study) -> None:
    for frame in (study.trials(), study.predictions(), study.report_data().trials):
        frame.insert(0, "mine", 1)
    study.settings.clear()
    study.summary()["settings"].clear()
    assert not any("mine" in frame for frame in (study.trials(), study.predictions(), study.report_data().trials))
    assert study.settings == study.summary()["settings"] != {}
