"""A study goes on with the data that it was started with, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import keras_tuner
import numpy as np
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data import load_dataset, make_splits, open_splits, save_splits
from keras_search.tuner.session.preparing import (
    check_epochs,
    check_objective,
    how_read,
    keep_splits,
    prepare_again,
    shortened,
)
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import ChangedDataError
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim
from keras_search.tuner.workers.loop import Watcher


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Give a data set of the user's own."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((600, 3)), np.arange(600) % 3
    np.savez(tmp_path / "own.npz", x_train=x[:500], y_train=y[:500], x_test=x[500:], y_test=y[500:])
    return tmp_path / "own.npz"


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "studies" / "a")


@pytest.fixture
def settings(source: Path) -> StudySettings:
    return StudySettings.create(tuner="random", dataset=str(source))


@pytest.fixture
def store(folder: StudyFolder, settings: StudySettings) -> Iterator[Store]:
    """Give the open store of a study of those data."""
    folder.make()
    dataset = load_dataset(settings.source)
    seal = save_splits(make_splits(dataset, 0.2, 0), folder.data)
    facts = {"settings": settings.model_dump(mode="json"), "data": {"digest": dataset.digest, "passed": False}}
    with Store.create(folder.root, claim(folder.root), seal=seal, **facts) as store:
        yield store


def _change_labels(path: Path, count: int) -> None:
    """Change labels in place, in a file of the same size that NumPy reads."""
    labels = np.load(path)
    labels[:count] = (labels[:count] + 1) % 3
    np.save(path, labels)


@pytest.mark.parametrize(("name", "count"), [("y_fit", 200), ("y_val", 1), ("y_test", 1)])
def test_changed_labels_are_named_and_refused(
    store: Store, folder: StudyFolder, settings: StudySettings, name: str, count: int
) -> None:
    prepare_again(store, folder, settings)
    path = folder.data / f"{name}.npy"
    _change_labels(path, count)
    content = path.read_bytes()
    with pytest.raises(ChangedDataError) as caught:
        prepare_again(store, folder, settings)
    assert str(caught.value) == (
        f"{path} has changed since it was written: restore it from a backup. Or delete {folder.data} and resume with "
        "the data that the study was started with, to prepare it again."
    )
    assert path.read_bytes() == content


@pytest.mark.parametrize("lost", ["x_fit.npy", "splits.json", "y_test.npy", "."])
def test_lost_data_are_prepared_again_as_they_were(
    store: Store, folder: StudyFolder, settings: StudySettings, lost: str
) -> None:
    labels = open_splits(folder.data, test=True).y_test.copy()
    if lost == ".":
        folder.data.rename(folder.root.parent / "elsewhere")
    else:
        (folder.data / lost).unlink()
        (folder.data / "notes.txt").write_text("mine")
    prepare_again(store, folder, settings)
    np.testing.assert_array_equal(open_splits(folder.data, test=True).y_test, labels)
    assert lost == "." or (folder.data / "notes.txt").read_text() == "mine"


def test_lost_data_whose_source_is_another_now_are_not_replaced(
    store: Store, folder: StudyFolder, settings: StudySettings, source: Path
) -> None:
    (folder.data / "y_fit.npy").unlink()
    with np.load(source) as arrays:
        np.savez(source, **{**arrays, "y_train": arrays["y_train"][::-1]})
    with pytest.raises(ChangedDataError, match=r"y_fit\.npy is missing: restore it from a backup"):
        prepare_again(store, folder, settings)
    assert not (folder.data / "y_fit.npy").exists()


def test_lost_arrays_of_a_python_session_are_told(folder: StudyFolder, settings: StudySettings, store: Store) -> None:
    with store.transaction():
        store.set_facts(data={**store.fact("data"), "passed": True})
    (folder.data / "y_fit.npy").unlink()
    with pytest.raises(ChangedDataError, match="is missing"):
        prepare_again(store, folder, settings)


def space(ask: str) -> dict[str, object]:
    """Give the config of a search space with a hyperparameter named epochs, and one that is not."""
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 1, 500)
    match ask:
        case "int":
            hp.Int("epochs", 2, 20)
        case "choice":
            hp.Choice("epochs", [5, 20, 10])
        case "fixed":
            hp.Fixed("epochs", 20)
        case "text":
            hp.Choice("epochs", ["few", "many"])
    return hp.get_config()


@pytest.mark.parametrize("ask", ["int", "choice", "fixed"])
def test_a_hyperparameter_named_epochs_may_not_go_past_the_budget(ask: str) -> None:
    check_epochs(StudySettings.create(max_epochs=20), space(ask))
    with pytest.raises(UsageError) as caught:
        check_epochs(StudySettings.create(max_epochs=10), space(ask))
    assert str(caught.value) == (
        "The hyperparameter epochs goes up to 20, --max-epochs is 10: no trial could run that many epochs. "
        "Use --max-epochs 20, or lower the hyperparameter's maximum."
    )


@pytest.mark.parametrize("ask", ["none", "text"])
def test_another_hyperparameter_has_no_limit(ask: str) -> None:
    assert not _refused(StudySettings.create(max_epochs=1), space(ask))
    assert _refused(StudySettings.create(max_epochs=1), space("int"))


def _refused(settings: StudySettings, config: dict[str, object]) -> bool:
    try:
        check_epochs(settings, config)
    except UsageError:
        return True
    return False


TABLE = ["when,price,share,size,odd,label"] + [
    f'2022/{row % 12 + 1:02d}/{row % 28 + 1:02d},"$1,{row + 100}",{row}%,{row} kg,{row % 2},{"ab"[row % 2]}'
    for row in range(60)
]


def test_how_the_data_were_read_is_told_at_the_start_and_kept(tmp_path: Path, folder: StudyFolder) -> None:
    """What looked like a number or a date and became one, or did not, decides what is learned."""
    (tmp_path / "t.csv").write_text("\n".join(TABLE))
    settings = StudySettings.create(tuner="random", dataset=str(tmp_path / "t.csv"), target="label")
    folder.make()
    told: list[str] = []

    class Notes(Watcher):
        def on_note(self, text: str) -> None:
            told.append(text)

    facts = keep_splits(settings, load_dataset(settings.source), folder, Notes())
    assert told[:3] == facts["read"][:3]
    assert [line.split(" was ")[0] for line in told[:3]] == ["Column 'when'", "Column 'price'", "Column 'share'"]
    assert told[-1].startswith("The networks get x (45,) ")


def test_numbers_that_are_none_are_told_first(tmp_path: Path) -> None:
    x, y = np.full((16, 3), np.nan), np.arange(16) % 2
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x[:4], y_test=y[:4])
    line = how_read(load_dataset(str(tmp_path / "a.npz")))[-1]
    assert line.startswith("48 of 48 in x_train, 12 of 12 in x_test are NaN or infinite.")


def test_a_test_set_that_models_have_seen_is_told_at_the_start(tmp_path: Path) -> None:
    x, y = np.arange(48.0).reshape(16, 3), np.arange(16) % 2
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x[[2, 3]] + [[0], [0.5]], y_test=y[[2, 3]])
    (line,) = how_read(load_dataset(str(tmp_path / "a.npz")))
    assert line == "1 of 2 test examples (50.00%) are also in the training part."


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (4, 4), (5, 4)])
def test_of_many_notes_the_first_are_shown_and_the_others_counted(count: int, shown: int) -> None:
    lines = shortened([str(number) for number in range(count)])
    assert len(lines) == shown
    if count > shown:
        assert lines[-1] == "2 more such notes are in the report; what to do about each: keras-search data"


@pytest.mark.parametrize(
    ("asked", "metrics", "message"),
    [
        ("auto", ["loss", "AUC", "val_loss", "val_AUC"], "The model has no accuracy to search by, it has loss, AUC, "
         "val_loss, val_AUC: choose one with --objective, such as val_AUC, or compile the model with "
         "metrics=['accuracy']."),
        ("auto", ["loss"], "The model has no accuracy to search by, it has loss: compile the model with "
         "metrics=['accuracy']."),
        ("val_f1", ["loss", "accuracy", "val_accuracy"], "--objective must be one of loss, accuracy, val_accuracy, "
         "received 'val_f1'."),
        ("val_f1", ["loss"], "--objective must be one of loss, received 'val_f1'. For accuracy, compile the model with "
         "metrics=['accuracy']."),
    ],
)  # fmt: skip
def test_nobody_is_told_of_an_objective_that_they_never_named(asked: str, metrics: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_objective(asked, "val_accuracy" if asked == "auto" else asked, metrics)
    assert str(caught.value) == message
