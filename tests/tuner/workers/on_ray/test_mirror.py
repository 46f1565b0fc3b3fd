"""A study's folder and its mirror on another node stay the same, whatever a worker does."""

from pathlib import Path

import numpy as np
import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoint, Checkpoints, DamagedCheckpointError
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.workers.on_ray.mirror import Mirror, apply_changes, files_for
from keras_search.tuner.workers.on_ray.parcels import Changes

RUN = Run("0002", Kind.TRIAL, "mlp", "trial", {}, 1, 9, parent="0001")


def _checkpoint(epoch: int) -> Checkpoint:
    return Checkpoint([np.full(3, epoch, np.float32)], {number: {"loss": 1.0} for number in range(1, epoch + 1)})


def _bring(mirror: Mirror, study: Path) -> Changes:
    changes = mirror.changes()
    apply_changes(study, changes)
    return changes


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study" / "logs").mkdir(parents=True)
    return tmp_path / "study"


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirror")


def test_a_checkpoint_travels_once_with_all_its_bytes(study: Path, mirror: Mirror) -> None:
    digest = Checkpoints(mirror.root / "checkpoints").save("0001", _checkpoint(1))
    assert list(_bring(mirror, study).files) == ["checkpoints/0001/epoch-00001.npz"]
    assert Checkpoints(study / "checkpoints").load("0001", 1, digest).epoch == 1
    assert _bring(mirror, study) == Changes()


def test_an_order_brings_the_checkpoints_of_its_run_and_of_the_one_that_it_continues(
    study: Path, mirror: Mirror
) -> None:
    kept = Checkpoints(study / "checkpoints")
    for run, epoch in (("0001", 3), ("0002", 4), ("0003", 1)):
        kept.save(run, _checkpoint(epoch))
    files = files_for(messages.Train(RUN, "0001", 3, (3, 9)), study)
    assert sorted(files) == ["checkpoints/0001/epoch-00003.npz", "checkpoints/0002/epoch-00004.npz"]
    mirror.put(files)
    assert Checkpoints(mirror.root / "checkpoints").latest("0001") == 3
    assert mirror.changes() == Changes(), "what was brought is not sent back"


def test_a_model_is_brought_to_be_tested(study: Path) -> None:
    (study / "models").mkdir()
    (study / "models" / "tuned-seed0.npz").write_bytes(b"weights")
    run = Run("tuned-seed0", Kind.RETRAIN, "mlp", "tuned", {}, 1, 9)
    assert files_for(messages.Evaluate(run), study) == {"models/tuned-seed0.npz": b"weights"}
    assert files_for(messages.Survey(), study) == {}


def test_a_damaged_checkpoint_is_moved_aside_in_the_study_too(study: Path, mirror: Mirror) -> None:
    """Else the search process would give the same order again, for ever."""
    kept = Checkpoints(study / "checkpoints")
    kept.save("0001", _checkpoint(3))
    kept.path("0001", 3).write_bytes(b"torn")
    mirror.put(files_for(messages.Train(RUN, "0001", 3, (3, 9)), study))
    with pytest.raises(DamagedCheckpointError):
        Checkpoints(mirror.root / "checkpoints").load("0001", 3)
    _bring(mirror, study)
    assert [path.name for path in (study / "checkpoints" / "0001").iterdir()] == ["epoch-00003.damaged"]
    assert kept.latest("0001") == 0


def test_what_the_study_deletes_is_deleted_on_the_node_and_not_again_at_home(study: Path, mirror: Mirror) -> None:
    remote = Checkpoints(mirror.root / "checkpoints")
    for epoch in (1, 2):
        remote.save("0001", _checkpoint(epoch))
    _bring(mirror, study)
    Checkpoints(study / "checkpoints").keep_only("0001", {2})
    mirror.delete(["checkpoints/0001/epoch-00001.npz"])
    assert mirror.changes() == Changes()
    assert remote.latest("0001") == 2


def test_after_an_order_the_node_keeps_nothing_and_the_study_everything(study: Path, mirror: Mirror) -> None:
    Checkpoints(mirror.root / "checkpoints").save("0001", _checkpoint(1))
    _bring(mirror, study)
    mirror.clear()
    assert mirror.changes() == Changes()
    assert list((mirror.root / "checkpoints" / "0001").iterdir()) == []
    assert Checkpoints(study / "checkpoints").latest("0001") == 1


def test_only_whole_files_travel(study: Path, mirror: Mirror) -> None:
    for name in (".epoch-00001.partial.npz", "notes.txt"):
        place = mirror.root / "checkpoints" / "0001" / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"half")
    assert _bring(mirror, study) == Changes()


def test_logs_grow_by_what_is_new(study: Path, mirror: Mirror) -> None:
    log = mirror.root / "logs" / "0001.log"
    for text in ("epoch 1\n", "epoch 2\n"):
        with log.open("a") as file:
            file.write(text)
        _bring(mirror, study)
    with (study / "logs" / "0001.log").open("a") as file:
        file.write("of this machine\n")
    assert mirror.changes().logs == {}
    assert (study / "logs" / "0001.log").read_text() == "epoch 1\nepoch 2\nof this machine\n"


@pytest.mark.parametrize(
    "name", ["study.db", "checkpoints/../study.db", "../x.npz", "checkpoints/../../epoch-1.npz", "models/../lock"]
)
def test_a_node_cannot_write_or_delete_anything_else(study: Path, name: str) -> None:
    for changes in (Changes(files={name: b""}), Changes(gone=[name]), Changes(logs={name: b""})):
        with pytest.raises(KerasSearchError, match="which is no file of a study"):
            apply_changes(study, changes)
