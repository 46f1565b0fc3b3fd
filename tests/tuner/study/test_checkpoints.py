"""A checkpoint gives back every bit, or says why it cannot."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.checkpoints import Checkpoint, Checkpoints, DamagedCheckpointError, StorageError

HISTORY = {1: {"loss": 0.1 + 0.2, "val_loss": float("inf")}, 2: {"loss": 1e-300, "val_loss": 5.0}}
SECONDS = {2: 0.1 + 0.7}


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "checkpoints")


def _checkpoint() -> Checkpoint:
    rng = np.random.default_rng(0)
    variables = [
        rng.normal(size=(3, 4)).astype(np.float32),
        np.array([1.0, -0.0, np.nan, np.inf], np.float32),
        np.array(7, np.int64),
        np.array([3, 4], np.uint32),
        *(np.full(1, index, np.int32) for index in range(12)),
    ]
    return Checkpoint(variables, HISTORY, SECONDS, '["mlp", 5, {"rate": 0.1}]', engine="kernels", processor="arm64")


def test_a_checkpoint_gives_back_every_bit_in_its_order(checkpoints: Checkpoints) -> None:
    saved = _checkpoint()
    checkpoints.save("0001", saved)
    loaded = checkpoints.load("0001", 2)
    assert (loaded.history, loaded.seconds) == (HISTORY, SECONDS)
    assert (loaded.epoch, loaded.recipe, loaded.engine, loaded.processor) == (2, saved.recipe, "kernels", "arm64")
    assert [a.tobytes() for a in loaded.variables] == [np.asarray(a).tobytes() for a in saved.variables]
    assert [(a.dtype, a.shape) for a in loaded.variables] == [(a.dtype, a.shape) for a in saved.variables]


def test_a_checkpoint_of_an_earlier_version_names_no_processor(checkpoints: Checkpoints) -> None:
    saved = _checkpoint()
    checkpoints.save("0001", saved)
    path = checkpoints.path("0001", 2)
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays.files if name != "processor"}
    texts = [str(kept[name]) for name in ("history", "seconds", "recipe", "result", "engine")]
    kept["seal"] = np.array(hashlib.sha256(json.dumps([saved.digest(), *texts]).encode()).hexdigest())
    np.savez(path, **kept)
    loaded = checkpoints.load("0001", 2, saved.digest())
    assert (loaded.processor, loaded.engine, loaded.digest()) == ("", "kernels", saved.digest())


def test_nothing_is_trained_before_the_first_epoch() -> None:
    assert Checkpoint([], {}).epoch == 0


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_checkpoint_is_named_and_moved_aside(checkpoints: Checkpoints, damage: str) -> None:
    checkpoints.save("0001", _checkpoint())
    path = checkpoints.path("0001", 2)
    content = bytearray(path.read_bytes())
    middle = content.index(np.asarray(_checkpoint().variables[0]).tobytes())
    content[middle] ^= 1
    path.write_bytes(
        {"cut": bytes(content[: len(content) // 2]), "flipped": bytes(content), "empty": b"", "foreign": b"PK?"}[damage]
    )
    with pytest.raises(DamagedCheckpointError) as caught:
        checkpoints.load("0001", 2)
    assert str(caught.value).startswith(f"The checkpoint {path} is damaged (")
    assert str(caught.value).endswith("); moved to epoch-00002.damaged.")
    assert [file.name for file in path.parent.iterdir()] == ["epoch-00002.damaged"]
    assert checkpoints.latest("0001") == 0


def test_a_missing_checkpoint_is_named(checkpoints: Checkpoints) -> None:
    with pytest.raises(DamagedCheckpointError) as caught:
        checkpoints.load("0001", 3)
    assert str(caught.value) == f"The checkpoint {checkpoints.path('0001', 3)} is missing."


def test_only_the_epochs_and_runs_that_are_needed_stay(checkpoints: Checkpoints) -> None:
    for run in ("0001", "0002", "0003"):
        for epoch in (1, 2):
            checkpoints.save(run, Checkpoint([], {epoch: {}}))
    checkpoints.keep_only("0001", {2})
    checkpoints.keep_runs(["0001", "0003"])
    left = {(run, epoch) for run in ("0001", "0002", "0003") for epoch in (1, 2) if _is_kept(checkpoints, run, epoch)}
    assert left == {("0001", 2), ("0003", 1), ("0003", 2)}
    assert not checkpoints.path("0002", 1).parent.exists()


def test_what_a_worker_wrote_ahead_of_the_last_commit_stays(checkpoints: Checkpoints) -> None:
    for epoch in (1, 2, 3, 10, 11):
        checkpoints.save("0001", Checkpoint([], {epoch: {}}))
    checkpoints.keep_only("0001", {1, 3})
    assert [epoch for epoch in range(12) if _is_kept(checkpoints, "0001", epoch)] == [1, 3, 10, 11]
    assert checkpoints.latest("0001") == 11


def test_a_run_that_is_forgotten_begins_from_scratch(checkpoints: Checkpoints) -> None:
    for run in ("0001", "0002"):
        checkpoints.save(run, Checkpoint([], {1: {}}))
    checkpoints.forget(["0001", "0003"])
    assert [checkpoints.latest(run) for run in ("0001", "0002", "0003")] == [0, 1, 0]


def _is_kept(checkpoints: Checkpoints, run: str, epoch: int) -> bool:
    return checkpoints.path(run, epoch).is_file()


def test_what_cannot_be_written_is_no_fault_of_the_trial(checkpoints: Checkpoints) -> None:
    path = checkpoints.path("0001", 2)
    path.parent.parent.mkdir()
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(StorageError) as caught:
        checkpoints.save("0001", _checkpoint())
    assert str(caught.value) == (
        f"{path} could not be written: File exists. Fix that and continue with keras-search resume."
    )


def test_a_checkpoint_is_never_torn_by_a_kill_while_it_is_written(checkpoints: Checkpoints) -> None:
    """A partial file of a killed process neither counts as a checkpoint nor stands in the way of one."""
    path = checkpoints.path("0001", 2)
    path.parent.mkdir(parents=True)
    (path.parent / f".{path.stem}.partial.npz").write_bytes(os.urandom(5000))
    assert checkpoints.latest("0001") == 0
    checkpoints.save("0001", _checkpoint())
    assert checkpoints.load("0001", 2).history == HISTORY
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("change", ["0000", "0003", "history", "seconds", "recipe", "seal"])
def test_a_checkpoint_that_was_changed_is_moved_aside(checkpoints: Checkpoints, change: str) -> None:
    """Written again by NumPy, so that the archive's own checksums fit."""
    checkpoints.save("0001", _checkpoint())
    path = checkpoints.path("0001", 2)
    with np.load(path) as arrays:
        content = dict(arrays)
    old = str(content[change]) if change in ("history", "seconds", "recipe", "seal") else None
    content[change] = content[change] + 1 if old is None else np.array(old.replace("5", "6").replace("a", "b"))
    if change == "seconds":
        content[change] = np.array('{"2": 9.0}')
    np.savez(path, **content)
    with pytest.raises(DamagedCheckpointError) as caught:
        checkpoints.load("0001", 2)
    assert str(caught.value) == (
        f"The checkpoint {path} has changed since it was written; moved to epoch-00002.damaged."
    )


def test_a_whole_checkpoint_of_another_training_is_told_by_its_hash(checkpoints: Checkpoints) -> None:
    digest = checkpoints.save("0001", _checkpoint())
    assert checkpoints.load("0001", 2, digest).digest() == digest
    saved = _checkpoint()
    checkpoints.save("0001", Checkpoint([saved.variables[0] * 2, *saved.variables[1:]], HISTORY, SECONDS, saved.recipe))
    with pytest.raises(DamagedCheckpointError, match="has changed since it was written"):
        checkpoints.load("0001", 2, digest)


def test_files_that_are_no_checkpoints_are_left_alone(checkpoints: Checkpoints, tmp_path: Path) -> None:
    for run in ("0001", "0002"):
        checkpoints.save(run, Checkpoint([], {1: {}}))
    own = [checkpoints.path(run, 1).with_name("epoch-best.npz") for run in ("0001", "0002")]
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "deep").mkdir(parents=True)
    own += [elsewhere / "epoch-00001.npz", elsewhere / "deep" / "notes.txt"]
    for path in own:
        path.touch()
    (checkpoints.path("0001", 1).parent.parent / "0003").symlink_to(elsewhere)
    checkpoints.keep_runs(["0001"])
    assert all(path.exists() for path in own)
    assert [checkpoints.latest(run) for run in ("0001", "0002")] == [1, 0]


@pytest.mark.parametrize("run", ["../elsewhere", "/tmp/x", "a/b", ".."])
def test_a_run_s_name_leads_nowhere(checkpoints: Checkpoints, run: str) -> None:
    for act in (lambda: checkpoints.path(run, 1), lambda: checkpoints.latest(run), lambda: checkpoints.forget([run])):
        with pytest.raises(KerasSearchError, match="is not a valid name of a run"):
            act()


def test_what_a_fit_came_to_is_kept(checkpoints: Checkpoints) -> None:
    checkpoints.save("0001", Checkpoint([], HISTORY, result=(2, 0.5)))
    assert checkpoints.load("0001", 2).result == (2, 0.5)
    checkpoints.save("0001", Checkpoint([], HISTORY))
    assert checkpoints.load("0001", 2).result is None
