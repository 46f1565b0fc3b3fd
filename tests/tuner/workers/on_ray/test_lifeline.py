"""A cluster that is lost is noticed before Ray ends the process."""

import socket
from collections.abc import Iterator

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.workers.on_ray import lifeline as lifelines
from keras_search.tuner.workers.on_ray import ray_private
from keras_search.tuner.workers.on_ray.lifeline import Lifeline


@pytest.fixture
def here() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def head() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_ray_that_has_ended_on_this_machine_ends_the_search(here: socket.socket, head: socket.socket) -> None:
    line = Lifeline(here.getsockname(), head.getsockname())
    line.check()
    here.close()
    with pytest.raises(KerasSearchError) as caught:
        line.check()
    assert str(caught.value) == (
        "Ray has ended on this machine, and the search with it. Start it again and continue with keras-search resume. "
        "All committed work is safe."
    )


def test_a_head_may_be_away_for_a_while(
    here: socket.socket, head: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = head.getsockname()
    line = Lifeline(here.getsockname(), address)
    head.close()
    line.check()
    with socket.create_server(address):
        line.check()
    monkeypatch.setattr(lifelines, "HEAD_SECONDS", 0.0)
    with pytest.raises(KerasSearchError) as caught:
        line.check()
    assert str(caught.value).startswith(
        f"The cluster's head at 127.0.0.1:{address[1]} is gone, and the search with it."
    )


def test_this_ray_prints_where_we_expect_it_to() -> None:
    assert ray_private.untouched()
