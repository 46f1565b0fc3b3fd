"""The share of their time in which workers had something to do."""

from keras_search.tuner.workers.utilisation import Utilisation


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_share_is_the_time_with_an_order_of_the_time_of_all_workers() -> None:
    clock = Clock()
    measured = Utilisation(2, clock)
    clock.now = 102.0
    measured.take(0)
    clock.now = 106.0
    measured.leave(0)
    measured.take(1)
    clock.now = 110.0
    assert measured.share == (4 + 4) / (10 * 2)


def test_workers_that_join_count_from_then_on() -> None:
    clock = Clock()
    measured = Utilisation(1, clock)
    measured.take(0)
    clock.now = 110.0
    measured.resize(2)
    measured.take(1)
    clock.now = 120.0
    assert measured.share == 1.0
    measured.leave(1)
    clock.now = 130.0
    assert measured.share == (30 + 10) / (10 + 20 * 2)


def test_a_worker_that_dies_while_starting_had_no_order() -> None:
    measured = Utilisation(1, Clock())
    measured.leave(0)
    assert measured.share == 0
