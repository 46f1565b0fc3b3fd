"""The helper computes in a process of its own, which may be killed at any time; every process here is real."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from keras_tuner import HyperParameters

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.oracles import make_oracle
from keras_search.tuner.session.options import make_options
from keras_search.tuner.session.proposing import Proposer
from keras_search.tuner.study.ranking import best_so_far
from keras_search.tuner.study.records import Kind, Run, State
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.faults import point
from keras_search.tuner.system.seeds import derive_seed
from keras_search.tuner.workers.helper import MAX_DEATHS, Helper

SPACE = HyperParameters()
SPACE.Float("rate", 0.0, 1.0)
SPACE.Choice("kind", ["a", "b"])


def test_a_proposer_says_what_the_oracle_says(tmp_path: Path) -> None:
    settings = StudySettings.create(tuner="random", max_trials=7, seed=3)
    oracle = make_oracle(settings, SPACE)
    with Helper(tmp_path) as helper:
        proposer = Proposer(helper, settings, SPACE.get_config())
        assert proposer.planned() == oracle.planned()
        assert proposer.propose() == oracle.propose()
        assert proposer.continuable() == oracle.continuable()


def test_a_proposer_whose_helper_was_killed_says_the_same(tmp_path: Path) -> None:
    """Each question takes along only what has changed, and a new process must hear it all."""
    settings = StudySettings.create(max_epochs=9, seed=3)
    oracle = make_oracle(settings, SPACE)
    with Helper(tmp_path) as helper:
        proposer = Proposer(helper, settings, SPACE.get_config())
        for number in range(12):
            proposal = proposer.propose()
            assert proposal == oracle.propose()
            assert proposal is not None
            values = (proposal.hyperparameters, 0, proposal.epochs, proposal.parent)
            begun = Run(proposal.name, Kind.TRIAL, "any", "trial", *values)
            ended = replace(begun, state=State.COMPLETED, score=derive_seed(number) % 7 / 7, trained=proposal.epochs)
            for each in (proposer, oracle):
                each.learn(begun)
                each.learn(ended)
            if number % 5 == 4:
                helper.process.kill()
        assert proposer.continuable() == oracle.continuable() != set()


def test_an_error_is_raised_here_and_brings_its_traceback(tmp_path: Path) -> None:
    with Helper(tmp_path) as helper:
        with pytest.raises(UsageError, match="--workers must be auto") as caught:
            helper.call(make_options, "none", 1, tmp_path, tmp_path, False, False)
        assert "in make_options" in caught.value.__notes__[0]
        assert helper.call(best_so_far, {}, None) is None


def test_a_call_whose_process_was_killed_is_made_again(tmp_path: Path) -> None:
    with Helper(tmp_path) as helper:
        before = helper.call(derive_seed, 1, "place")
        first = helper.process
        first.kill()
        assert helper.call(derive_seed, 1, "place") == before
        assert helper.process.pid != first.pid


def test_a_call_that_always_kills_its_process_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the environment is this one's, though the process that helpers are forked from is older."""
    with Helper(tmp_path):
        pass
    monkeypatch.setenv("KERAS_SEARCH_FAULT", "here:1:self")
    with Helper(tmp_path) as helper, pytest.raises(KerasSearchError, match=f"was ended {MAX_DEATHS} times. See .*log"):
        helper.call(point, "here")


def test_the_helper_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """That process is killed while the helper has nothing to do."""
    program = (
        "import sys; from pathlib import Path; from keras_search.tuner.workers.helper import Helper\n"
        "helper = Helper(Path(sys.argv[1]))\n"
        "print(helper.process.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as search:
        assert search.stdout is not None
        helper = psutil.Process(int(search.stdout.readline()))
        search.kill()
    helper.wait(timeout=60)


def test_a_process_forked_from_one_that_ran_a_study_has_helpers_of_its_own(tmp_path: Path) -> None:
    """As the workers of a `ProcessPoolExecutor` are, which inherit a server that is not their child."""
    program = (
        "import multiprocessing, sys; from pathlib import Path; from keras_search.tuner.workers.helper import Helper\n"
        "from keras_search.tuner.system.seeds import derive_seed\n"
        "def ask():\n"
        "    with Helper(Path(sys.argv[1])) as helper: print(helper.call(derive_seed, 1), flush=True)\n"
        "ask()\n"
        "child = multiprocessing.get_context('fork').Process(target=ask); child.start(); child.join()"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    first, second = done.stdout.split()
    assert first == second
