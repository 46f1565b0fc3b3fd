"""Run a whole search without training: workers take turns in any order, and scores come from a hash."""

import random
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from typing import Any

import pytest
from keras_tuner import HyperParameters

from keras_search.tuner.oracles import Oracle, make_oracle
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Kind, Proposal, Run, State
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.seeds import derive_seed

Score = Callable[[Proposal], float]
Trials = dict[str, Run]


def hashed_score(proposal: Proposal) -> float:
    """Give one of 50 scores, so that ties occur, by values and epochs."""
    return derive_seed(spaces.key(proposal.hyperparameters), proposal.epochs) % 50 / 50


@dataclass
class Simulation:
    """A search under way: `step` lets one worker end a trial, or `by_epoch` train its next epoch."""

    settings: StudySettings
    space: HyperParameters
    score: Score = hashed_score
    workers: int = 1
    order: int = 0
    one_in_fails: int | None = None
    failing: Container[str] = ()
    forgetful: bool = False
    by_epoch: bool = False

    def __post_init__(self) -> None:
        self.oracle: Oracle = make_oracle(self.settings, self.space)
        self.trials: Trials = {}
        self._proposals: dict[str, Proposal] = {}
        self._random = random.Random(self.order)

    def run(self) -> Trials:
        """Take the search to its end and give its trials."""
        while self.step():
            pass
        return self.trials

    def step(self) -> bool:
        """Start what can start, then let a worker go on; False at the end."""
        running = self._begin()
        if not running:
            return False
        run = self._random.choice(running)
        if self.by_epoch and run.trained < run.epochs:
            self._put(replace(run, trained=run.trained + 1))
        else:
            self._end(run)
        return True

    def _begin(self) -> list[Run]:
        while len(running := [run for run in self.trials.values() if not run.finished]) < self.workers:
            if self.forgetful:
                self.oracle = make_oracle(self.settings, self.space)
                for run in self.trials.values():
                    self.oracle.learn(run)
            proposal = self.oracle.propose()
            if proposal is None:
                break
            assert proposal.name not in self.trials
            self._proposals[proposal.name] = proposal
            self._put(self._started(proposal))
        return running

    def _started(self, proposal: Proposal) -> Run:
        parent = self.trials[proposal.parent] if proposal.parent else None
        trained = parent.trained if parent else 0
        values = (proposal.hyperparameters, 0, proposal.epochs, proposal.parent)
        return Run(proposal.name, Kind.TRIAL, "any", "trial", *values, trained=trained)

    def _end(self, run: Run) -> None:
        by_chance = self.one_in_fails and derive_seed("fails", run.name) % self.one_in_fails == 0
        if by_chance or run.name in self.failing:
            self._put(replace(run, state=State.FAILED, error="any"))
        else:
            score = self.score(self._proposals[run.name])
            self._put(replace(run, state=State.COMPLETED, score=score, trained=run.epochs))

    def _put(self, run: Run) -> None:
        self.trials[run.name] = run
        self.oracle.learn(run)


@pytest.fixture(scope="session")
def simulation() -> Callable[..., Simulation]:
    """Give a function that sets up a search: `simulation(settings, space, workers=3).run()`."""
    return Simulation


@pytest.fixture(scope="session")
def plane() -> HyperParameters:
    """Give a continuous space of two dimensions, one of them on a log scale."""
    space = HyperParameters()
    space.Float("x", -1.0, 1.0)
    space.Float("y", 0.001, 1.0, sampling="log")
    return space


@pytest.fixture(scope="session")
def grid_of() -> Callable[..., HyperParameters]:
    """Give a function that makes a space of choices: `grid_of(3, 6)` holds 18 combinations."""

    def make(*sizes: int) -> HyperParameters:
        space = HyperParameters()
        for index, size in enumerate(sizes):
            space.Choice(f"choice_{index}", list(range(size)))
        return space

    return make


@pytest.fixture(scope="session")
def create() -> Callable[..., StudySettings]:
    """Give a function that makes small settings of one tuner."""

    def make(tuner: str, **given: Any) -> StudySettings:
        small = {"max_epochs": 9} if tuner == "hyperband" else {"max_epochs": 2}
        trials = {} if tuner == "hyperband" else {"max_trials": 16}
        return StudySettings.create(**{"tuner": tuner, **small, **trials, **given})

    return make
