from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.study.records import Kind, Run, State
from keras_search.tuner.study.runs import Runs

CHANGES = st.lists(
    st.tuples(st.sampled_from(["put", "delete"]), st.integers(0, 5), st.sampled_from(State), st.sampled_from(Kind)),
    max_size=30,
)


def make_run(name: str, state: State = State.RUNNING, kind: Kind = Kind.TRIAL) -> Run:
    return Run(name, kind, "mlp", "trial", {}, 0, 3, state=state)


@given(changes=CHANGES)
def test_views_agree_with_what_is_there(changes: list[tuple[str, int, State, Kind]]) -> None:
    runs, expected = Runs(), dict[str, Run]()
    for action, number, state, kind in changes:
        name = str(number)
        if action == "put":
            kind = expected[name].kind if name in expected else kind
            expected[name] = make_run(name, state, kind)
            runs.put(expected[name])
        elif name in expected:
            del expected[name]
            runs.delete(name)
    assert list(runs.items()) == list(expected.items())
    for kind in Kind:
        assert list(runs.of_kind(kind).items()) == [(n, run) for n, run in expected.items() if run.kind is kind]
    assert dict(runs.unfinished) == {name: run for name, run in expected.items() if not run.finished}


def test_unfinished_runs_are_in_the_order_of_their_start() -> None:
    runs = Runs(make_run(name) for name in "cab")
    runs.put(replace(runs["c"], trained=2))
    runs.put(replace(runs["a"], state=State.FAILED))
    assert list(runs.unfinished) == ["c", "b"]


def test_a_feed_begins_with_all_and_goes_on_with_what_changes() -> None:
    runs = Runs([make_run("a"), make_run("b"), make_run("x", kind=Kind.RETRAIN)])
    feed = runs.feed(Kind.TRIAL)
    assert names(feed.take()) == ["a", "b"]
    assert feed.take() == []
    runs.put(replace(runs["b"], trained=1))
    runs.put(replace(runs["b"], trained=2))
    runs.put(make_run("x", State.COMPLETED, Kind.RETRAIN))
    assert feed.take() == [replace(make_run("b"), trained=2)]


def test_runs_put_again_after_a_rollback_reach_a_feed() -> None:
    runs = Runs([make_run("a")])
    feed = runs.feed(Kind.TRIAL)
    feed.take()
    runs.replace([make_run("a")])
    assert names(feed.take()) == ["a"]


def names(runs: Any) -> list[str]:
    return [run.name for run in runs]
