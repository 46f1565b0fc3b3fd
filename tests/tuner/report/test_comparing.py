"""Studies side by side: what differs, and what keeps them from being ranked."""

import json
import shutil
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.console.comparison_text import comparison_text
from keras_search.tuner.report.comparing import DATA_DIFFER, OBJECTIVES_DIFFER, compare
from keras_search.tuner.report.plots.beside import write_beside
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.plain import json_text

pytestmark = pytest.mark.usefixtures("coarse_plots")


@pytest.fixture(scope="module")
def pair(finished_study: StudyFolder, tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyFolder, StudyFolder]:
    """Give a finished study, and one that had a longer budget and a better trial."""
    other = StudyFolder(tmp_path_factory.mktemp("others") / "longer")
    shutil.copytree(finished_study.root, other.root)
    _change(other, max_epochs=5, seed=1)
    return finished_study, other


def _change(folder: StudyFolder, **settings: object) -> StudyFolder:
    with Store.open(folder.root) as store, store.transaction():
        store.set_facts(settings={**store.fact("settings"), **settings})
    return folder


def _copy(folder: StudyFolder, place: Path) -> StudyFolder:
    shutil.copytree(folder.root, place)
    return StudyFolder(place)


def test_the_settings_that_differ_are_listed_and_nobody_leads_with_level_tests(
    pair: tuple[StudyFolder, StudyFolder],
) -> None:
    found = compare(pair)
    assert dict(found.differences) == {"max_epochs": (1, 5), "seed": (0, 1)}
    assert (found.ranked, found.leader, found.cautions) == ("test_accuracy", "", ())
    text = comparison_text(found)
    assert "--max-epochs  1       5" in text
    assert "The best are level by test accuracy." in text
    assert json.loads(json_text(found.as_dict()))["differences"]["seed"] == {"digits": 0, "longer": 1}


def test_different_data_and_objectives_are_named_and_not_ranked(
    pair: tuple[StudyFolder, StudyFolder], tmp_path: Path
) -> None:
    objective = _change(_copy(pair[0], tmp_path / "objective"), objective="val_loss", direction="min")
    data = _copy(pair[0], tmp_path / "data")
    with Store.open(data.root) as store, store.transaction():
        store.set_facts(data={**store.fact("data"), "digest": "another"})
    by_objective, by_data = compare([pair[0], objective]), compare([pair[0], data])
    assert OBJECTIVES_DIFFER in by_objective.cautions
    assert (by_data.cautions, by_data.ranked, by_data.leader) == ((DATA_DIFFER,), "", "")
    assert "Nobody is ahead" in comparison_text(by_data)


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_a_plot_is_drawn_into_a_new_file(pair: tuple[StudyFolder, StudyFolder], tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"plot{ending}"
    write_beside(compare(pair), file)
    assert file.stat().st_size > 1000
    with pytest.raises(UsageError, match="exists"):
        write_beside(compare(pair), file)


def test_one_study_is_not_compared_with_itself(pair: tuple[StudyFolder, StudyFolder]) -> None:
    for folders in (pair[:1], (pair[0], pair[0])):
        with pytest.raises(UsageError, match="compare expects the names of two or more different studies"):
            compare(folders)
