"""What the measures of the service are taken from."""

import math
from pathlib import Path

from keras_search.benchmarks import large_study
from keras_search.benchmarks.service import Heard
from keras_search.tuner.service.reading.library import Library
from keras_search.tuner.service.reading.trials import trials_page
from keras_search.tuner.study.records import Kind, State
from keras_search.tuner.study.store import Store


def test_the_large_study_is_one_that_a_search_could_have_written(tmp_path: Path) -> None:
    folder = large_study.create(tmp_path / "large", 120, ended=100)
    with Store.read(folder.root) as store:
        trials = store.of_kind(Kind.TRIAL)
        assert len(trials) == 100
        assert sum(run.state is State.FAILED for run in trials.values()) == 2
        assert len(store.epochs()) == 1000
    library = Library()
    page = trials_page(library.book(folder), limit=10)
    library.close()
    assert (page.total, len(page.items)) == (100, 10)


def test_a_commit_is_heard_when_the_last_listener_has_a_message_that_tells_of_it() -> None:
    heard = Heard([[(1, 10.0), (3, 12.0)], [(2, 11.5), (3, 13.0)]])
    assert heard.delays([(1, 9.0), (2, 11.0), (3, 11.5)]) == [2.5, 1.0, 1.5]
    assert heard.delays([(4, 12.0)]) == [math.inf]
