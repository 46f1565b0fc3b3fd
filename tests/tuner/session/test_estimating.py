"""An estimate measures the search that it is for, and leaves nothing behind."""

import json
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.console.estimate_text import estimate_text
from keras_search.tuner.session.estimating import Estimate, estimate
from keras_search.tuner.session.options import Options
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.plain import json_text
from keras_search.tuner.workers.loop import Watcher


class Silent(Watcher):
    """A watcher that shows nothing."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty folder."""
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def found(place: Path) -> Estimate:
    """Give the estimate of a search of the digits."""
    settings = StudySettings.create(max_epochs=4, factor=2, compare_seeds=3, baselines=("ann-128", "defaults"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("TMPDIR", str(place))
        patch.setattr("tempfile.tempdir", None)
        made = estimate(settings, Options(workers=2), Silent())
        assert [each for each in place.iterdir() if not each.name.startswith("pymp-")] == []  # the system's, to its end
    return made


def test_it_counts_what_the_search_and_the_comparison_train(found: Estimate) -> None:
    assert (found.search.runs, found.search.epochs) == (15, 30)
    assert (found.comparison.runs, found.comparison.epochs) == (9, 3 * (4 + 10 + 4))
    assert found.models == ("tuned", "ann-128", "defaults")
    assert found.settings.objective == "val_accuracy"


def test_it_measures_trials_and_each_model_of_the_comparison(found: Estimate) -> None:
    models = [each.model for each in found.measured]
    assert models.count("trial") >= 3
    assert {"ann-128", "defaults"} <= set(models)
    assert all(each.parameters and each.checkpoint for each in found.measured)
    assert found.seconds.search > 0 < found.seconds.comparison
    assert found.disk.models > found.disk.data > 0


def test_it_says_what_the_model_gets(found: Estimate) -> None:
    assert found.data == {
        "name": "digits", "fit": 1149, "validation": 288,
        "outputs": [{"name": "", "classes": [str(digit) for digit in range(10)], "width": 1}],
    }  # fmt: skip
    assert found.gets[0] == "The networks get x (8, 8) float32 from 0 to 1, y int64 from 0 to 9."
    read = json.loads(json_text(found.as_dict()))
    assert read["search"] == {"trials": 15, "epochs": 30}
    assert read["seconds"]["low"] < read["seconds"]["total"] < read["seconds"]["high"]
    text = estimate_text(found)
    assert "Search: 15 trials, 30 epochs." in text
    assert "Nothing was started." in text


def test_a_search_that_cannot_be_started_is_not_estimated(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n2,3\n")
    settings = StudySettings.create(dataset=str(tmp_path / "table.csv"), target="c")
    with pytest.raises(UsageError):
        estimate(settings, Options(workers=1), Silent())
