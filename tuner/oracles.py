"""Propose trials: keras-tuner's four oracles, each as a pure function of the settings and the trials so far.

keras-tuner's oracles change with every call, so what they propose depends on who asked when. These read the
trials from the store instead: the study's trials are the oracle's whole state, a proposal is a function of
the seed, its place in the schedule and the hyperparameter's name, and a trial is named after its place.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from keras_search.tuner import space as spaces
from keras_search.tuner.records import Proposal, Run, State, Values
from keras_search.tuner.seeds import derive_seed
from keras_search.tuner.settings import StudySettings
from keras_tuner import HyperParameters, Objective, oracles
from keras_tuner.engine.trial import Trial, TrialStatus

MAX_COLLISIONS = 100
"""Draws at one place that were all proposed before, after which a finite space is enumerated instead."""

MAX_INITIAL_TRIALS = 10
"""Random trials before the Gaussian process is asked; keras-tuner's 3 a hyperparameter where that is fewer."""

Trials = Mapping[str, Run]


class Oracle(Protocol):
    """Decide what to train next."""

    def propose(self, trials: Trials) -> Proposal | None:
        """Give the next trial, or None: wait for a running one, or, where none is running, the end."""

    def continuable(self, trials: Trials) -> set[str]:
        """Name the ended trials whose checkpoint a later trial may continue from."""

    def planned(self) -> int | None:
        """Give how many trials the whole search has at most, or None where only its end will tell."""


def make_oracle(settings: StudySettings, space: HyperParameters) -> Oracle:
    """Make the oracle that `settings.tuner` names."""
    kinds = {
        "random": RandomSearch,
        "hyperband": Hyperband,
        "bayesian": BayesianOptimization,
        "grid": GridSearch,
    }
    oracle: Oracle = kinds[settings.tuner](settings, space)
    return oracle


class _Configurations:
    """The distinct configurations of a space, one a place, drawn when first asked for.

    The one at a place depends on the places before it alone, because no two may be the same.
    """

    def __init__(self, space: HyperParameters, seed: int) -> None:
        self._space, self._seed = space, seed
        self._drawn: list[Values] = []
        self._seen: set[str] = set()

    def at(self, place: int) -> Values | None:
        """Give the configuration at `place`, or None where the space holds no more."""
        while len(self._drawn) <= place:
            values = self._draw(len(self._drawn))
            if values is None:
                return None
            self.add(values)
        return self._drawn[place]

    def add(self, values: Values) -> None:
        """Take `values` as the configuration at the next place."""
        self._drawn.append(values)
        self._seen.add(spaces.key(values))

    def is_new(self, values: Values) -> bool:
        """Whether no place has `values` yet."""
        return spaces.key(values) not in self._seen

    def _draw(self, place: int) -> Values | None:
        for attempt in range(MAX_COLLISIONS):
            values = spaces.sample(self._space, self._seed, "sample", place, attempt)
            if self.is_new(values):
                return values
        return self._draw_unseen(place) if spaces.is_finite(self._space) else None

    def _draw_unseen(self, place: int) -> Values | None:
        every = spaces.combinations(self._space, spaces.all_values)
        unseen = list(itertools.islice(filter(self.is_new, every), 10_000))
        return unseen[derive_seed(self._seed, "unseen", place) % len(unseen)] if unseen else None


def _base_arguments(settings: StudySettings, space: HyperParameters) -> dict[str, Any]:
    return {
        "objective": Objective(settings.objective, settings.direction),
        "hyperparameters": space,
        "seed": settings.seed or 1,
    }


class _FromScratch:
    """The oracles that never continue a trial."""

    def continuable(self, trials: Trials) -> set[str]:  # noqa: ARG002
        """Name none."""
        return set()


class RandomSearch(_FromScratch, oracles.RandomSearchOracle):  # type: ignore[misc]
    """Draw each trial at random: trial `0007` is the seventh."""

    def __init__(self, settings: StudySettings, space: HyperParameters) -> None:
        super().__init__(max_trials=settings.max_trials, **_base_arguments(settings, space))
        self._epochs = settings.max_epochs
        self._configurations = _Configurations(space, settings.seed)

    def propose(self, trials: Trials) -> Proposal | None:
        """Give the trial at the first free place."""
        place = len(trials)
        values = self._configurations.at(place) if place < self.max_trials else None
        return None if values is None else Proposal(_numbered(place), values, self._epochs)

    def planned(self) -> int:
        """Give the number of trials asked for, or what a smaller space holds."""
        return min(self.max_trials, int(min(spaces.count_combinations(self.hyperparameters, self.max_trials), 1e9)))


class GridSearch(_FromScratch, oracles.GridSearchOracle):  # type: ignore[misc]
    """Try every combination in keras-tuner's order: defaults first, the last hyperparameter changing fastest."""

    def __init__(self, settings: StudySettings, space: HyperParameters) -> None:
        super().__init__(max_trials=settings.max_trials, **_base_arguments(settings, space))
        self._epochs = settings.max_epochs

    def propose(self, trials: Trials) -> Proposal | None:
        """Give the combination at the first free place."""
        place = len(trials)
        values = self._at(place)
        return None if values is None else Proposal(_numbered(place), values, self._epochs)

    def planned(self) -> int:
        """Count the combinations, up to the number of trials asked for."""
        return sum(1 for _ in itertools.islice(self._grid(), self.max_trials))

    def _grid(self) -> Iterator[Values]:
        return spaces.combinations(self.hyperparameters, spaces.grid_values)

    def _at(self, place: int) -> Values | None:
        if self.max_trials is not None and place >= self.max_trials:
            return None
        return next(itertools.islice(self._grid(), place, None), None)


class BayesianOptimization(_FromScratch, oracles.BayesianOptimizationOracle):  # type: ignore[misc]
    """Propose what a Gaussian process expects most of, in batches of a fixed size.

    A batch is proposed when the one before it has ended, whatever the number of workers, so the proposals do
    not depend on who finished first. Within a batch the trials before a place count with keras-tuner's
    pessimistic guess of their score.
    """

    def __init__(self, settings: StudySettings, space: HyperParameters) -> None:
        super().__init__(max_trials=settings.max_trials, **_base_arguments(settings, space))
        self._settings = settings
        self._initial = min(3 * max(len(self._nonfixed_space()), 1), MAX_INITIAL_TRIALS)

    def propose(self, trials: Trials) -> Proposal | None:
        """Give the trial at the first free place, once every earlier batch has ended."""
        place = len(trials)
        learned = place - place % self._settings.batch_trials
        if place >= self.max_trials or not all(trials[_numbered(before)].finished for before in range(learned)):
            return None
        values = self._values(place, [trials[_numbered(before)] for before in range(place)], learned)
        return None if values is None else Proposal(_numbered(place), values, self._settings.max_epochs)

    def planned(self) -> int:
        """Give the number of trials asked for, or what a smaller space holds."""
        return min(self.max_trials, int(min(spaces.count_combinations(self.hyperparameters, self.max_trials), 1e9)))

    def _values(self, place: int, before: list[Run], learned: int) -> Values | None:
        configurations = _Configurations(self.hyperparameters, self._settings.seed)
        for run in before:
            configurations.add(run.hyperparameters)
        scored = [run for run in before[:learned] if run.state is State.COMPLETED]
        if place >= self._initial and len(scored) >= 3 and self._nonfixed_space():
            values = self._optimum(place, before, learned)
            if configurations.is_new(values):
                return values
        return configurations.at(place)

    def _optimum(self, place: int, before: list[Run], learned: int) -> Values:
        pending = {run.name for run in before[learned:]}
        self.trials = {run.name: self._as_trial(run, run.name in pending) for run in before}
        self.ongoing_trials = {name: self.trials[name] for name in pending}
        self.num_initial_points = 1
        seed = derive_seed(self._settings.seed, "gaussian process", place) % 2**32
        self.seed, self._random_state = seed, np.random.RandomState(seed)
        self.gpr = self._make_gpr()
        self.gpr.fit(*self._learned(pending))
        values = self.populate_space(_numbered(place))["values"]
        return {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}

    def _learned(self, pending: set[str]) -> Any:
        everything, self.trials = self.trials, {n: t for n, t in self.trials.items() if n not in pending}
        vectors = self._vectorize_trials()
        self.trials = everything
        return vectors

    def _as_trial(self, run: Run, pending: bool) -> Any:
        hyperparameters = self.hyperparameters.copy()
        hyperparameters.values = dict(run.hyperparameters)
        status = TrialStatus.RUNNING if pending else run.state.upper()
        trial = Trial(hyperparameters=hyperparameters, trial_id=run.name, status=status)
        trial.score = run.score
        return trial


class Hyperband(oracles.HyperbandOracle):  # type: ignore[misc]
    """Promote the best of each rung to more epochs (Li et al. 2018), on keras-tuner's schedule.

    Trial `i1-b2-r0-03` is the fourth of bracket 2 in the first iteration; promoted, it is `i1-b2-r1-03`. A
    trial is promoted as soon as no result still to come can take its place, so the promoted set does not
    depend on the order of arrival. A failed trial has lost its rung. Where the space holds fewer
    configurations than a rung has places, the rung closes with those.
    """

    def __init__(self, settings: StudySettings, space: HyperParameters) -> None:
        super().__init__(
            max_epochs=settings.max_epochs,
            factor=settings.factor,
            hyperband_iterations=settings.iterations,
            **_base_arguments(settings, space),
        )
        self._sign = 1 if settings.direction == "max" else -1
        self._configurations = _Configurations(space, settings.seed)

    def propose(self, trials: Trials) -> Proposal | None:
        """Give the first open promotion, else the next new trial, bracket by bracket."""
        for iteration, bracket, place in self._brackets_in_order():
            proposal = self._promotion(trials, iteration, bracket) or self._entry(trials, iteration, bracket, place)
            if proposal is not None:
                return proposal
        return None

    def planned(self) -> int | None:
        """Count the trials of the schedule; None where the space may not fill it."""
        sizes = [self._get_size(b, r) for _, b, _ in self._brackets_in_order() for r in range(b + 1)]
        entries = sum(self._get_size(b, 0) for _, b, _ in self._brackets_in_order())
        return sum(sizes) if spaces.count_combinations(self.hyperparameters, entries) >= entries else None

    def continuable(self, trials: Trials) -> set[str]:
        """Name the completed trials that may still be promoted, or whose promotion has no epoch of its own yet."""
        children = {run.parent: run for run in trials.values() if run.parent}
        return {name for name, run in trials.items() if self._is_continuable(trials, run, children.get(name))}

    def _is_continuable(self, trials: Trials, run: Run, child: Run | None) -> bool:
        if child is not None:
            return child.trained <= run.trained and not child.finished
        return run.state is State.COMPLETED and self._may_be_promoted(trials, run.name)

    def _may_be_promoted(self, trials: Trials, name: str) -> bool:
        iteration, bracket, rung, slot = rung_place(name)
        if rung == bracket:
            return False
        peers = (trials.get(_rung_name(iteration, bracket, rung, other)) for other in range(self._get_size(bracket, 0)))
        mine = (-self._sign * _score(trials[name]), slot)
        better = (
            run
            for other, run in enumerate(peers)
            if run is not None and run.state is State.COMPLETED and (-self._sign * _score(run), other) < mine
        )
        return sum(1 for _ in better) < self._get_size(bracket, rung + 1)

    @cached_property
    def _bracket_numbers(self) -> list[int]:
        return list(range(self._get_num_brackets() - 1, -1, -1))

    def _brackets_in_order(self) -> Iterator[tuple[int, int, int]]:
        """Yield (iteration, bracket, place of its first configuration)."""
        place = 0
        for iteration in range(1, self.hyperband_iterations + 1):
            for bracket in self._bracket_numbers:
                yield iteration, bracket, place
                place += self._get_size(bracket, 0)

    def _entry(self, trials: Trials, iteration: int, bracket: int, place: int) -> Proposal | None:
        for slot in range(self._get_size(bracket, 0)):
            name = _rung_name(iteration, bracket, 0, slot)
            if name not in trials:
                values = self._configurations.at(place + slot)
                return None if values is None else Proposal(name, values, self._get_epochs(bracket, 0))
        return None

    def _promotion(self, trials: Trials, iteration: int, bracket: int) -> Proposal | None:
        for rung in range(bracket, 0, -1):
            for slot, parent in self._promotable(trials, iteration, bracket, rung - 1):
                name = _rung_name(iteration, bracket, rung, slot)
                if name not in trials:
                    return Proposal(name, parent.hyperparameters, self._get_epochs(bracket, rung), parent.name)
        return None

    def _promotable(self, trials: Trials, iteration: int, bracket: int, rung: int) -> list[tuple[int, Run]]:
        """List (slot, trial) of those that are certain to be among the best of their rung, best first."""
        names = [_rung_name(iteration, bracket, rung, slot) for slot in range(self._get_size(bracket, 0))]
        entered = [(slot, trials[name]) for slot, name in enumerate(names) if name in trials]
        unknown = self._still_to_come(trials, iteration, bracket, rung)
        places = self._get_size(bracket, rung + 1) - unknown
        scored = [(slot, run) for slot, run in entered if run.state is State.COMPLETED]
        scored.sort(key=lambda entry: (-self._sign * _score(entry[1]), entry[0]))
        return scored[: max(places, 0)]

    def _still_to_come(self, trials: Trials, iteration: int, bracket: int, rung: int) -> int:
        """Count the places of a rung whose result is unknown: running, or not entered yet."""
        names = [_rung_name(iteration, bracket, rung, slot) for slot in range(self._get_size(bracket, 0))]
        ended = sum(name in trials and trials[name].finished for name in names)
        return self._entrants(trials, iteration, bracket, rung) - ended

    def _entrants(self, trials: Trials, iteration: int, bracket: int, rung: int) -> int:
        """Count the trials that a rung will have had when it closes."""
        if rung == 0:
            first = next(p for i, b, p in self._brackets_in_order() if (i, b) == (iteration, bracket))
            held = (self._configurations.at(first + slot) for slot in range(self._get_size(bracket, 0)))
            return sum(values is not None for values in held)
        below = self._entrants(trials, iteration, bracket, rung - 1)
        names = [_rung_name(iteration, bracket, rung - 1, slot) for slot in range(self._get_size(bracket, 0))]
        failed = sum(name in trials and trials[name].state is State.FAILED for name in names)
        return min(self._get_size(bracket, rung), below - failed)


def _numbered(place: int) -> str:
    return f"{place + 1:04d}"


def rung_place(name: str) -> tuple[int, int, int, int]:
    """Read iteration, bracket, rung and slot from the name of a Hyperband trial."""
    iteration, bracket, rung, slot = (int(part.lstrip("ibr")) for part in name.split("-"))
    return iteration, bracket, rung, slot


def _rung_name(iteration: int, bracket: int, rung: int, slot: int) -> str:
    return f"i{iteration}-b{bracket}-r{rung}-{slot:03d}"


def _score(run: Run) -> float:
    return math.nan if run.score is None else run.score
