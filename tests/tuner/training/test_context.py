"""A context never changes; what follows from it keeps what is loaded."""

from pathlib import Path

from keras_search.tuner.data import load_dataset, make_splits, save_splits
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training import orders
from keras_search.tuner.training.context import StudyContext


def _context(root: Path) -> StudyContext:
    folder = StudyFolder(root)
    folder.make()
    save_splits(make_splits(load_dataset("digits"), 0.2, 0), folder.data)
    settings = StudySettings.create(tuner="random", max_epochs=1).model_dump(mode="json")
    return StudyContext.of(messages.Context(root, settings, None), lambda _: None, lambda: False)


def test_a_plan_gives_a_context_of_its_own_with_the_same_data_and_new_networks(tmp_path: Path) -> None:
    context = _context(tmp_path)
    splits, networks = context.splits, context.networks
    planned = orders.carry_out(context, messages.Plan({}, "val_loss", "min"))
    assert (planned.objective, planned.space) == (("val_loss", "min"), {})
    assert planned.splits is splits
    assert planned.fit_knowledge is context.fit_knowledge
    assert "networks" not in vars(planned)
    assert (context.objective, context.space) == (("auto", "auto"), None)
    assert context.networks is networks


def test_a_study_that_was_moved_goes_on_with_what_is_loaded_and_writes_where_it_is(tmp_path: Path) -> None:
    context = _context(tmp_path / "before")
    networks = context.networks
    moved = orders.carry_out(context, messages.Moved(tmp_path / "after"))
    assert moved.folder.root == tmp_path / "after"
    assert moved.checkpoints.path("0001", 1).is_relative_to(tmp_path / "after")
    assert moved.networks is networks
    assert context.folder.root == tmp_path / "before"
