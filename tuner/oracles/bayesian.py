"""Bayesian optimization."""

import heapq
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras_tuner import HyperParameters
from keras_tuner.oracles import BayesianOptimizationOracle
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from keras_search.tuner.oracles.base import FromScratch, base_arguments, numbered
from keras_search.tuner.oracles.configurations import Configurations
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Proposal, Run, State, Values, Work
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.seeds import derive_seed

MAX_INITIAL_TRIALS = 10
"""Random trials before the Gaussian process is used; keras-tuner's 3 per hyperparameter if that is fewer."""
MIN_SCORED_TRIALS = 3
"""The number of results that a Gaussian process needs."""

LENGTH_SCALES = {"kernel__length_scale": 0.5, "kernel__length_scale_bounds": (0.05, 20.0)}
"""In edges of the unit cube; from keras-tuner's (1, from 1e-5) a few results lead to pure noise."""

WINDOW = 400
"""The number of scored trials that the Gaussian process learns from: fitting it takes the cube of their number."""
LATEST = 200
"""Those of the window that are the latest; the others are the best before them."""

RANDOM_POINTS = 1000
STEP_SIZES = (0.2, 0.1, 0.05, 0.02, 0.01)
"""Standard deviations of the steps around the best points so far, of one round after the other."""
BEST_POINTS = 20
STEPS = 20
"""Steps tried from each of the best points."""


class BayesianOptimization(FromScratch, BayesianOptimizationOracle):  # type: ignore[misc]
    """Propose the configurations that a Gaussian process expects most of, in batches of a fixed size.

    The process (Matern 5/2) and its lower confidence bound `mean - 2.6 deviations` are keras-tuner's. The bound
    is minimised over random points and steps from the best of them, all predicted at once: keras-tuner's
    minimiser asks for one point at a time, a thousand times slower.

    A batch is proposed when the one before it has ended, whatever the number of workers, so the proposals do
    not depend on who finished first. Within a batch the trials before a place count with keras-tuner's
    pessimistic guess of their score. Of more than `WINDOW` scored trials it learns from the best and the latest.
    """

    def __init__(self, settings: StudySettings, space: HyperParameters) -> None:
        super().__init__(max_trials=settings.max_trials, **base_arguments(settings, space))
        self._epochs, self._batch, self._study_seed = settings.max_epochs, settings.batch_trials or 1, settings.seed
        self._sign = 1 if settings.direction == "min" else -1
        self._tunable = self._nonfixed_space()
        self._initial = min(3 * len(self._tunable), MAX_INITIAL_TRIALS)
        self._configurations = Configurations(space, settings.seed)
        self._ended, self._scored = 0, list[Run]()
        if settings.script is not None:
            self.alpha, self.beta = settings.script.alpha, settings.script.beta
            self._initial = settings.script.initial_points or self._initial

    def propose(self) -> Proposal | None:
        """Return the trial at the first free place, once every earlier batch has ended."""
        place = len(self.known)
        learned = place - place % self._batch
        if place >= self.max_trials or not self._have_ended(learned):
            return None
        values = self._values(place, learned)
        return None if values is None else Proposal(numbered(place), values, self._epochs)

    def planned(self) -> Work:
        """Return `max_trials`, or the number of configurations of a smaller space."""
        trials = int(min(self.max_trials, spaces.count_combinations(self.hyperparameters, spaces.all_values)))
        return Work(trials, trials * self._epochs)

    def _have_ended(self, count: int) -> bool:
        """Return whether the first `count` trials have, and list those among them that have a score."""
        while self._ended < count and (run := self._at(self._ended)).finished:
            self._ended += 1
            if run.state is State.COMPLETED and run.score is not None:
                self._scored.append(run)
        return self._ended >= count

    def _at(self, place: int) -> Run:
        return self.known[numbered(place)]

    def _values(self, place: int, learned: int) -> Values | None:
        """Return the configuration at `place`, learning only from the first `learned` trials."""
        for earlier in range(self._configurations.count, place):
            self._configurations.add(self._at(earlier).hyperparameters)
        if place >= self._initial and len(self._scored) >= MIN_SCORED_TRIALS and self._tunable:
            pending = [self._at(earlier) for earlier in range(learned, place)]
            with threadpool_limits(limits=1):  # the same sums on any number of cores, and faster on these few points
                promising = self._most_promising(self._fitted(self._window(), pending), place)
            for values in filter(self._configurations.is_new, promising):
                return values
        return self._configurations.at(place)

    def _window(self) -> list[Run]:
        """Return the scored trials to learn from: all, or the best and the last of more than `WINDOW`."""
        if len(self._scored) <= WINDOW:
            return self._scored
        earlier, latest = self._scored[:-LATEST], self._scored[-LATEST:]
        best = heapq.nsmallest(WINDOW - LATEST, earlier, key=lambda run: self._sign * (run.score or 0.0))
        return [*best, *latest]

    def _fitted(self, scored: list[Run], pending: list[Run]) -> Any:
        """Fit the process to the scores, then to a pessimistic guess for each pending trial as well."""
        from sklearn.exceptions import ConvergenceWarning  # takes half a second, which other tuners need not wait for

        process = self._make_gpr().set_params(n_restarts_optimizer=4, random_state=0, **LENGTH_SCALES)
        points = self._points([run.hyperparameters for run in scored])
        losses = np.array([self._sign * (run.score or 0.0) for run in scored])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            process.fit(points, losses)
        if not pending:
            return process
        guessed = self._points([run.hyperparameters for run in pending])
        mean, deviation = process.predict(guessed, return_std=True)
        process.set_params(kernel=process.kernel_, optimizer=None)
        return process.fit(np.vstack([points, guessed]), np.concatenate([losses, mean + deviation]))

    def _most_promising(self, process: Any, place: int) -> list[Values]:
        """List the configurations with the lowest confidence bounds that a search found, the lowest first."""
        random = np.random.default_rng(derive_seed(self._study_seed, "gaussian process", place))
        points = random.random((RANDOM_POINTS, len(self._tunable)))
        for size in STEP_SIZES:
            best = self._lowest(process, points, BEST_POINTS)
            steps = random.normal(0.0, size, (BEST_POINTS * STEPS, len(self._tunable)))
            points = np.vstack([best, np.clip(np.repeat(best, STEPS, axis=0) + steps, 0.0, 1.0)])
        found = [self._decoded(point) for point in self._lowest(process, points, BEST_POINTS)]
        order = np.argsort(self._bound(process, self._points(found)), kind="stable")
        return [found[index] for index in order]

    def _lowest(self, process: Any, points: np.ndarray, count: int) -> np.ndarray:
        lowest: np.ndarray = points[np.argsort(self._bound(process, points), kind="stable")[:count]]
        return lowest

    def _bound(self, process: Any, points: np.ndarray) -> np.ndarray:
        mean, deviation = process.predict(points, return_std=True)
        bound: np.ndarray = mean - self.beta * deviation
        return bound

    def _points(self, configurations: Sequence[Values]) -> np.ndarray:
        """Place configurations in the unit cube `(n, tunable hyperparameters)`, what is inactive at its default."""
        return np.array([[self._coordinate(p, values) for p in self._tunable] for values in configurations])

    def _coordinate(self, parameter: Any, values: Values) -> float:
        active = parameter.name in values and spaces.conditions_hold(parameter, values)
        return float(parameter.value_to_prob(values[parameter.name] if active else parameter.default))

    def _decoded(self, point: np.ndarray) -> Values:
        """Return the configuration at a point of the unit cube."""
        coordinates = {id(p): float(x) for p, x in zip(self._tunable, point, strict=True)}
        return spaces.fill(self.hyperparameters, lambda p: spaces.value_at(p, coordinates.get(id(p), 0.5)))
