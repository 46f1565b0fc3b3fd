"""What the loop commits of each report, with workers that say what the test tells them to say."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoint, Checkpoints
from keras_search.tuner.study.records import Epoch, Kind, Run, State
from keras_search.tuner.study.store import Store, claim
from keras_search.tuner.workers.loop import MAX_DEATHS, MAX_STARTS, Loop, StopRequest, WorkOrder, train_order

Reports = Iterable[messages.Report]


def _run(name: str, kind: Kind = Kind.TRIAL, **changes: Any) -> Run:
    return Run(**{"name": name, "kind": kind, "model": "mlp", "role": "trial", "hyperparameters": {}, "seed": 1,
                  "epochs": 2, **changes})  # fmt: skip


def _epoch(name: str, epoch: int) -> messages.EpochEnded:
    return messages.EpochEnded(name, epoch, {"val_accuracy": epoch / 10}, 0.1)


def _completed(name: str) -> messages.Completed:
    return messages.Completed(name, 0.2, 2, 7)


@dataclass
class Place:
    """One worker of the scripted cluster."""

    number: int
    order: Any = None
    where: str = ""


class Cluster:
    """Workers that answer each order with what `answer` gives, the way any cluster engine might."""

    def __init__(self, answer: Callable[[Any], Reports]) -> None:
        self.workers, self.given, self.stopped = [Place(0)], [], False
        self._answer = answer

    given: list[Any]

    def idle(self) -> list[Place]:
        return [place for place in self.workers if place.order is None]

    @property
    def busy(self) -> bool:
        return not self.idle()

    def in_hand(self) -> set[str]:
        return {place.order.run.name for place in self.workers if place.order is not None}

    def give(self, place: Place, order: Any) -> None:
        place.order = order
        self.given.append(order)

    def stop(self) -> None:
        self.stopped = True

    def reports(self, _timeout: float) -> Iterator[tuple[Place, messages.Report]]:
        for place in self.workers:
            for report in self._answer(place.order):
                if not isinstance(report, messages.EpochEnded):
                    place.order = None
                yield place, report


@dataclass
class Planned:
    """A stage that trains the runs of a list, one after the other."""

    store: Store
    checkpoints: Checkpoints
    plan: list[Run]
    kept: set[str] = field(default_factory=set)

    def next_order(self, in_hand: set[str]) -> WorkOrder | None:
        for planned in self.plan:
            run = self.store.runs.get(planned.name, planned)
            if not run.finished and run.name not in in_hand:
                return train_order(self.store, self.checkpoints, run)
        return None

    def continuable(self) -> set[str]:
        return self.kept


class Silent:
    """A watcher that looks away."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    settings = {"objective": "val_accuracy", "direction": "max"}
    with Store.create(tmp_path, claim(tmp_path), settings=settings) as store:
        yield store


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "checkpoints")


def test_utilisation_is_that_of_the_last_stage(store: Store, checkpoints: Checkpoints) -> None:
    loop = Loop(store, Cluster(lambda order: [_completed(order.run.name)]), checkpoints, Silent())  # type: ignore[arg-type]
    loop.work(Planned(store, checkpoints, [_run("0001")]), StopRequest())
    assert 0 < loop.utilisation <= 1
    loop.work(Planned(store, checkpoints, []), StopRequest())
    assert loop.utilisation == 0


def _work(
    store: Store, checkpoints: Checkpoints, plan: list[Run], answer: Callable[[Any], Reports], **stage: Any
) -> Cluster:
    cluster = Cluster(answer)
    loop = Loop(store, cluster, checkpoints, Silent())  # type: ignore[arg-type]
    loop.work(Planned(store, checkpoints, plan, **stage), StopRequest())
    return cluster


def _trained(order: messages.Train) -> Reports:
    epochs = range(order.after + 1, order.run.epochs + 1)
    return [*(_epoch(order.run.name, epoch) for epoch in epochs), _completed(order.run.name)]


def test_a_run_is_committed_epoch_by_epoch(store: Store, checkpoints: Checkpoints) -> None:
    _work(store, checkpoints, [_run("0001"), _run("0002")], _trained)
    done: dict[str, Any] = {"state": State.COMPLETED, "trained": 2, "score": 0.2, "best_epoch": 2, "parameters": 7}
    assert store.runs == {name: _run(name, **done) for name in ("0001", "0002")}
    assert [(epoch.run, epoch.epoch) for epoch in store.epochs()] == [
        ("0001", 1), ("0001", 2), ("0002", 1), ("0002", 2),
    ]  # fmt: skip


def test_the_attempt_is_committed_before_the_run_is_given(store: Store, checkpoints: Checkpoints) -> None:
    def answer(order: messages.Train) -> Reports:
        assert store.runs["0001"] == _run("0001", attempts=1)
        return _trained(order)

    _work(store, checkpoints, [_run("0001")], answer)


def test_a_run_that_ends_three_workers_has_failed_with_the_reason(store: Store, checkpoints: Checkpoints) -> None:
    cluster = _work(store, checkpoints, [_run("0001")], lambda order: [messages.Died(order.run.name, "It was ended.")])
    assert len(cluster.given) == MAX_DEATHS
    failed = store.runs["0001"]
    assert (failed.state, failed.error) == (State.FAILED, "It was ended. (3 attempts)")


def test_a_lost_machine_is_not_the_fault_of_the_run_but_not_for_ever(store: Store, checkpoints: Checkpoints) -> None:
    cluster = _work(store, checkpoints, [_run("0001")], lambda _: [messages.Died("0001", "The node was lost.", True)])
    assert len(cluster.given) == MAX_STARTS
    assert store.runs["0001"].error == "The search was ended in each of 10 starts of this run."


def test_the_machine_of_a_worker_is_stored(store: Store, checkpoints: Checkpoints) -> None:
    cluster = Cluster(_trained)
    cluster.workers[0].where = "10.0.0.2 (a1b2c3)"
    Loop(store, cluster, checkpoints, Silent()).work(Planned(store, checkpoints, [_run("0001")]), StopRequest())  # type: ignore[arg-type]
    assert store.fact("places") == {"0": "10.0.0.2 (a1b2c3)"}


def test_a_committed_epoch_wins_three_more_attempts(store: Store, checkpoints: Checkpoints) -> None:
    epochs = iter([0, 0, 1, 0, 2, 0, 0])

    def answer(_: messages.Train) -> Reports:
        ended: Reports = [_epoch("0001", epoch) for epoch in (next(epochs),) if epoch]
        return [*ended, messages.Died("0001", "It was ended.")]

    cluster = _work(store, checkpoints, [_run("0001")], answer)
    assert len(cluster.given) == 7
    assert store.runs["0001"].error == "It was ended. (3 attempts)"


def test_an_epoch_that_is_only_repeated_wins_nothing(store: Store, checkpoints: Checkpoints) -> None:
    """A `fit` of the user's own that starts again each time, and each time ends its worker in the same place."""

    def answer(_: messages.Train) -> Reports:
        return [_epoch("0001", 1), messages.Died("0001", "It was ended.")]

    cluster = _work(store, checkpoints, [_run("0001")], answer)
    assert len(cluster.given) == 3
    assert store.runs["0001"].error == "It was ended. (3 attempts)"


def test_a_last_epoch_that_is_reported_again_forgives_no_start(store: Store, checkpoints: Checkpoints) -> None:
    """Else a `fit` that takes down the whole search at its end would be started for ever."""
    with store.transaction():
        store.put_run(_run("0001", attempts=MAX_STARTS - 1, trained=2))

    def answer(_: messages.Train) -> Reports:
        return [_epoch("0001", 2), messages.Died("0001", "It was ended.")]

    cluster = _work(store, checkpoints, [_run("0001")], answer)
    assert len(cluster.given) == 1
    assert store.runs["0001"].error == "The search was ended in each of 10 starts of this run."


def test_deaths_of_the_whole_search_are_forgiven_many_times_but_not_for_ever(
    store: Store, checkpoints: Checkpoints
) -> None:
    with store.transaction():
        store.put_run(_run("0001", attempts=MAX_STARTS - 1, deaths=2))
        store.put_run(_run("0002", attempts=MAX_STARTS))
    cluster = _work(store, checkpoints, list(store.runs.values()), _trained)
    assert [order.run.name for order in cluster.given] == ["0001"]
    assert store.runs["0001"].state is State.COMPLETED
    assert store.runs["0002"].error == "The search was ended in each of 10 starts of this run."


def test_a_failed_run_keeps_its_reason_and_the_search_goes_on(store: Store, checkpoints: Checkpoints) -> None:
    def answer(order: messages.Train) -> Reports:
        return [messages.Failed("0001", "ValueError: no")] if order.run.name == "0001" else _trained(order)

    _work(store, checkpoints, [_run("0001"), _run("0002")], answer)
    assert [(run.state, run.error) for run in store.runs.values()] == [
        (State.FAILED, "ValueError: no"), (State.COMPLETED, None),
    ]  # fmt: skip


def test_a_run_whose_checkpoint_is_lost_begins_again(store: Store, checkpoints: Checkpoints) -> None:
    checkpoints.save("0001", Checkpoint([], {1: {}}))
    with store.transaction():
        store.put_run(_run("0001", trained=1))

    def answer(order: messages.Train) -> Reports:
        return [messages.Lost("0001", "It is damaged.")] if order.after else _trained(order)

    cluster = _work(store, checkpoints, [_run("0001")], answer)
    assert [(order.source, order.after) for order in cluster.given] == [("0001", 1), ("0001", 0)]
    assert (store.runs["0001"].state, store.runs["0001"].trained) == (State.COMPLETED, 2)


def test_a_full_disk_ends_the_session_and_blames_no_run(store: Store, checkpoints: Checkpoints) -> None:
    with pytest.raises(KerasSearchError) as caught:
        _work(store, checkpoints, [_run("0001")], lambda _: [messages.Halted("0001", "The disk is full.")])
    assert str(caught.value) == "The disk is full."
    assert store.runs["0001"] == _run("0001")


def test_a_trained_model_that_cannot_be_tested_is_to_be_retrained(store: Store, checkpoints: Checkpoints) -> None:
    with store.transaction():
        store.put_run(_run("tuned-seed0", Kind.RETRAIN, state=State.COMPLETED))

    class Testing(Planned):
        def next_order(self, in_hand: set[str]) -> WorkOrder | None:
            return None if in_hand else messages.Evaluate(store.runs["tuned-seed0"])

    cluster = Cluster(lambda _: [messages.Failed("tuned-seed0", "The file is damaged.")])
    loop = Loop(store, cluster, checkpoints, Silent())  # type: ignore[arg-type]
    with pytest.raises(KerasSearchError) as caught:
        loop.work(Testing(store, checkpoints, []), StopRequest())
    assert str(caught.value) == (
        "tuned-seed0 could not be tested: The file is damaged. To retrain it: keras-search resume"
    )
    assert store.runs["tuned-seed0"].state is State.FAILED


def test_a_stop_leaves_the_run_to_be_continued(store: Store, checkpoints: Checkpoints) -> None:
    stop = StopRequest()

    def answer(_: messages.Train) -> Reports:
        stop.reason = "interrupt"
        return [messages.Stopped("0001")] if cluster.stopped else [_epoch("0001", 1)]

    cluster = Cluster(answer)
    loop = Loop(store, cluster, checkpoints, Silent())  # type: ignore[arg-type]
    loop.work(Planned(store, checkpoints, [_run("0001"), _run("0002")]), stop)
    assert store.runs == {"0001": _run("0001", trained=1)}


def test_checkpoints_stay_only_while_a_run_may_continue_from_them(store: Store, checkpoints: Checkpoints) -> None:
    seen = []

    def answer(order: messages.Train) -> Reports:
        seen.append({name for name in ("0001", "0002", "0003") if checkpoints.path(name, 1).parent.exists()})
        for report in _trained(order):
            if isinstance(report, messages.EpochEnded):
                checkpoints.save(report.run, Checkpoint([], {report.epoch: {}}))
            yield report

    _work(store, checkpoints, [_run("0001"), _run("0002"), _run("0003")], answer, kept={"0001"})
    assert seen == [set(), {"0001"}, {"0001"}]
    left = [(n, e) for n in ("0001", "0002", "0003") for e in (1, 2) if checkpoints.path(n, e).is_file()]
    assert left == [("0001", 2)]


def test_a_retrained_model_keeps_its_best_epoch_beside_the_last(store: Store, checkpoints: Checkpoints) -> None:
    run = _run("tuned-seed0", Kind.RETRAIN, epochs=4)
    scores = {1: 0.5, 2: 0.9, 3: 0.7}

    def answer(_: messages.Train) -> Reports:
        for epoch, score in scores.items():
            checkpoints.save(run.name, Checkpoint([], {epoch: {}}))
            yield messages.EpochEnded(run.name, epoch, {"val_accuracy": score}, 0.1)
        yield messages.Halted(run.name, "Enough.")

    with pytest.raises(KerasSearchError, match="Enough"):
        _work(store, checkpoints, [run], answer)
    assert [checkpoints.path(run.name, epoch).is_file() for epoch in scores] == [False, True, True]


def test_processors_are_recorded_with_the_epochs_and_several_kinds_are_noted(
    store: Store, checkpoints: Checkpoints
) -> None:
    notes = list[str]()

    class Reader(Silent):
        def on_note(self, text: str) -> None:
            notes.append(text)

    def answer(order: messages.Train) -> Reports:
        for epoch, kind in enumerate(("arm64", "riscv") if order.run.name == "0002" else ("arm64", "arm64"), 1):
            yield replace(_epoch(order.run.name, epoch), processor=kind)
        yield _completed(order.run.name)

    loop = Loop(store, Cluster(answer), checkpoints, Reader())  # type: ignore[arg-type]
    runs = [_run(name) for name in ("0001", "0002", "0003", "0004")]
    loop.work(Planned(store, checkpoints, runs), StopRequest())
    one = {1: "arm64"}
    assert store.processors() == {"0001": one, "0002": {**one, 2: "riscv"}, "0003": one, "0004": one}
    assert notes == [
        "Processors of several kinds train this study (arm64; riscv): the last bits of a result depend on where it "
        "was trained."
    ]


def test_a_best_epoch_that_is_not_committed_yet_is_kept(store: Store, checkpoints: Checkpoints) -> None:
    """A worker that has written every checkpoint before the first is committed still finds its best one."""
    run = _run("tuned-seed0", Kind.RETRAIN, epochs=3)
    scores = {1: 0.5, 2: 0.9, 3: 0.7}

    def answer(_: messages.Train) -> Reports:
        for epoch in scores:
            checkpoints.save(run.name, Checkpoint([], {epoch: {}}))
        for epoch, score in scores.items():
            yield messages.EpochEnded(run.name, epoch, {"val_accuracy": score}, 0.1)
            assert checkpoints.path(run.name, 2).is_file()
        yield messages.Completed(run.name, 0.9, 2, 10)

    _work(store, checkpoints, [run], answer)
    assert store.runs[run.name].best_epoch == 2


def test_a_retraining_that_begins_again_keeps_what_its_worker_writes_ahead(
    store: Store, checkpoints: Checkpoints
) -> None:
    """Epochs of before, of which the best is the third, are still in the store."""
    run = _run("tuned-seed0", Kind.RETRAIN, epochs=3)
    with store.transaction():
        store.put_run(run)
        for epoch in (1, 2, 3):
            store.put_epoch(Epoch(run.name, epoch, {"val_accuracy": epoch / 10}, 0.1, 0))

    def answer(_: messages.Train) -> Reports:
        for epoch in (1, 2):
            checkpoints.save(run.name, Checkpoint([], {epoch: {}}))
        yield _epoch(run.name, 1)
        assert checkpoints.latest(run.name) == 2
        yield messages.Halted(run.name, "Enough.")

    with pytest.raises(KerasSearchError, match="Enough"):
        _work(store, checkpoints, [run], answer)
    assert checkpoints.latest(run.name) == 2


def test_an_order_continues_from_its_own_checkpoint_or_its_parents_or_from_scratch(
    store: Store, checkpoints: Checkpoints
) -> None:
    parent, child = _run("p", state=State.COMPLETED, trained=2), _run("c", parent="p", epochs=6, trained=2)
    with store.transaction():
        store.put_run(parent)
        store.put_run(child)
    assert train_order(store, checkpoints, child) == messages.Train(child, "c", 0, (2, 6))
    checkpoints.save("p", Checkpoint([], {2: {}}))
    assert train_order(store, checkpoints, child) == messages.Train(child, "p", 2, (2, 6), rung=1)
    further = replace(child, trained=3)
    checkpoints.save("c", Checkpoint([], {3: {}}))
    assert train_order(store, checkpoints, further) == messages.Train(further, "c", 3, (2, 6), rung=1)
    checkpoints.save("c", Checkpoint([], {5: {}}))
    assert train_order(store, checkpoints, further) == messages.Train(further, "c", 5, (2, 6), rung=1), (
        "not yet committed"
    )


def test_a_promoted_trial_that_begins_again_commits_its_own_epochs_only(store: Store, checkpoints: Checkpoints) -> None:
    with store.transaction():
        store.put_run(_run("p", state=State.COMPLETED, trained=2))
    _work(store, checkpoints, [_run("c", parent="p", epochs=4, trained=2)], _trained)
    assert [(epoch.run, epoch.epoch) for epoch in store.epochs()] == [("c", 3), ("c", 4)]


def test_time_that_is_up_is_a_reason_to_stop() -> None:
    assert StopRequest(deadline=0.0).check()
    assert not StopRequest(deadline=float("inf")).check()
    stop = StopRequest("interrupt", deadline=0.0)
    assert stop.check()
    assert stop.reason == "interrupt"
