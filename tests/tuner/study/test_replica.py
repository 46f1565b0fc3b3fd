"""A replica that was brought up to date holds what one reading of the whole study holds."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_search.errors import KerasSearchError
from keras_search.tuner.report import frames
from keras_search.tuner.study.executions import RETRIED
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Epoch, Evaluation, Kind, Run, State
from keras_search.tuner.study.replica import Replica
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import DamagedStudyError, Store, claim

SETTINGS = StudySettings.create(tuner="random", objective="val_accuracy", max_trials=9, max_epochs=3)


def new_study(folder: Path) -> StudyFolder:
    study = StudyFolder(folder)
    study.make()
    data = {"name": "digits", "class_names": ["0", "1"], "targets": [{"name": ""}]}
    facts = {"settings": SETTINGS.model_dump(mode="json"), "data": data, "space": {"space": []}}
    Store.create(folder, claim(folder), **facts).close()
    return study


def begin(store: Store, dice: random.Random) -> None:
    ended = [name for name, run in store.runs.items() if run.state is State.COMPLETED]
    parent = dice.choice(ended) if ended and dice.random() < 0.4 else None
    run = Run(f"{len(store.runs)}-{dice.random():.6f}", Kind.TRIAL, "mlp", "trial", {"units": 8}, 1, 9, parent)
    store.put_run(replace(run, trained=store.runs[parent].trained if parent else 0))
    if dice.random() < 0.8:  # the further executions of a script are kept before they begin
        store.put_event("begin", run.name, 0)


def train(store: Store, dice: random.Random) -> None:
    for run in [run for run in store.runs.values() if not run.finished][:2]:
        metrics = {"val_loss": dice.random()} if dice.random() < 0.9 else {"loss": 1.0}
        store.put_epoch(Epoch(run.name, run.trained + 1, metrics, 0.1, 0))
        store.put_run(replace(run, trained=run.trained + 1, engine="kernels"))
        store.put_processor(run.name, run.trained + 1, dice.choice(["arm64", "riscv"]))


def end(store: Store, dice: random.Random) -> None:
    for run in [run for run in store.runs.values() if not run.finished][:1]:
        state = dice.choice([State.COMPLETED, State.FAILED])
        best = dice.randint(1, max(run.trained, 1)) if state is State.COMPLETED else None
        store.put_run(replace(run, state=state, score=dice.random() if best else None, best_epoch=best))
        if dice.random() < 0.9:  # a trial that fails with one of its executions has no event
            store.put_event(state.value, run.name, 0)


def retry(store: Store, dice: random.Random) -> None:  # noqa: ARG001
    parents = {run.parent for run in store.runs.values()}
    for run in [run for run in store.runs.values() if not run.finished and run.name not in parents][:1]:
        store.delete_runs([run.name])
        store.put_run(replace(run, trained=0, parent=None))
        store.put_event(RETRIED, run.name, 0)


def forget(store: Store, dice: random.Random) -> None:
    if dice.random() < 0.3:
        store.delete_runs(list(store.runs))
        store.set_facts(all_failed=False)


def resume(store: Store, dice: random.Random) -> None:
    store.set_facts(planned=dice.randint(1, 99), search_ended=None)
    store.put_event("session")


def evaluate(store: Store, dice: random.Random) -> None:
    for run in list(store.runs.values())[: dice.randint(0, 2)]:
        store.put_evaluation(Evaluation(run.name, {"accuracy": 0.5}, b""))
        store.put_event("evaluated", run.name, 0)


CHANGES: list[Callable[[Store, random.Random], None]] = [
    begin,
    begin,
    train,
    train,
    end,
    retry,
    forget,
    resume,
    evaluate,
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(CHANGES), st.booleans()), max_size=40), st.integers(0, 10**6))
def test_after_any_commits_it_equals_the_whole_study(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[Callable[[Store, random.Random], None], bool]],
    seed: int,
) -> None:
    study = new_study(tmp_path_factory.mktemp("study") / "digits")
    replica, dice = Replica(study), random.Random(seed)
    with Store.open(study.root) as store:
        for change, looks in changes:
            with store.transaction():
                change(store, dice)
            if looks:
                found = replica.refresh()
                assert list(found.runs.items()) == list(store.runs.items())
        found, whole = replica.refresh(), Replica(study).refresh()
        assert (found.facts, found.runs, found.evaluated) == (whole.facts, whole.runs, whole.evaluated)
        assert found.moments == whole.moments
        losses = frames.trials(store).set_index("trial")["val_loss"].dropna().to_dict()
        assert replica.losses() == losses
        for name in store.runs:
            assert replica.curve(name) == store.history(name)
        assert replica.mixed_processors() == store.mixed_processors()


def test_a_commit_reads_no_trial_that_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand trials are not read again for each epoch."""
    study = new_study(tmp_path / "digits")
    replica = Replica(study)
    with Store.open(study.root) as store:
        with store.transaction():
            for number in range(50):
                run = Run(f"{number:04d}", Kind.TRIAL, "mlp", "trial", {}, 1, 1, state=State.COMPLETED, score=0.5)
                store.put_run(run)
                store.put_event("begin", run.name, 0)
        replica.refresh()
        read: list[str] = []
        import keras_search.tuner.study.replica as module

        real = module.run_of_row
        monkeypatch.setattr(module, "run_of_row", lambda path, row: read.append(row[0]) or real(path, row))
        with store.transaction():
            store.put_run(Run("0050", Kind.TRIAL, "mlp", "trial", {}, 1, 1))
            store.put_event("begin", "0050", 0)
        assert len(replica.refresh().runs) == 51
        assert set(read) == {"0050"}


def test_a_study_that_replaces_another_is_read_anew(tmp_path: Path) -> None:
    study = new_study(tmp_path / "digits")
    replica = Replica(study)
    with Store.open(study.root) as store, store.transaction():
        store.put_run(Run("0000", Kind.TRIAL, "mlp", "trial", {}, 1, 1))
    assert list(replica.refresh().runs) == ["0000"]
    study.root.rename(tmp_path / "before")
    with pytest.raises(KerasSearchError, match="is missing"):
        replica.refresh()
    new_study(tmp_path / "digits")
    assert list(replica.refresh().runs) == []


def test_damage_that_a_search_would_refuse_is_refused(tmp_path: Path) -> None:
    study = new_study(tmp_path / "digits")
    with Store.open(study.root) as store, store.transaction():
        store.put_run(Run("0000", Kind.TRIAL, "mlp", "trial", {}, 1, 1))
    content = study.database.read_bytes()
    study.database.write_bytes(content.replace(b"trial", b"troll"))
    with pytest.raises(DamagedStudyError):
        Replica(study).refresh()
