"""Hyperband."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from keras_tuner import HyperParameters
from keras_tuner.oracles import HyperbandOracle

from keras_search.tuner.oracles.base import Trials, base_arguments
from keras_search.tuner.oracles.configurations import Configurations
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Proposal, Run, State, Values, Work
from keras_search.tuner.study.rungs import RungPlace, rung_place
from keras_search.tuner.study.settings import StudySettings

Rungs = dict[tuple[int, int, int], dict[int, Run]]
"""The trials of each (iteration, bracket, rung) by slot."""


@dataclass(frozen=True)
class Bracket:
    """One bracket of the schedule; `first` is the place of its first configuration among those of all brackets."""

    iteration: int
    number: int
    first: int


class Hyperband(HyperbandOracle):  # type: ignore[misc]
    """Promote the best of each rung to more epochs (Li et al. 2018), on keras-tuner's schedule.

    Trial `i1-b2-r0-003` has slot 3 of bracket 2 in the first iteration; promoted, it is `i1-b2-r1-003`. A
    trial is promoted as soon as no result still to come can take its place, so the promoted set does not
    depend on the order of arrival; ties go to the first slot. A failed trial has lost its rung. If the
    space holds fewer configurations than a rung has places, the rung closes with those.
    """

    def __init__(self, settings: StudySettings, space: HyperParameters) -> None:
        super().__init__(
            max_epochs=settings.max_epochs,
            factor=settings.factor,
            hyperband_iterations=settings.iterations,
            **base_arguments(settings, space),
        )
        self._sign = 1 if settings.direction == "max" else -1
        self._configurations = Configurations(space, settings.seed)
        self._schedule = list(self._lay_out())

    def propose(self, trials: Trials) -> Proposal | None:
        """Return the first bracket's next new trial, else a promotion that is certain, else the next bracket's."""
        rungs = _by_rung(trials)
        for bracket in self._schedule:
            proposal = self._entry(bracket, rungs) or self._promotion(bracket, rungs)
            if proposal is not None:
                return proposal
        return None

    def continuable(self, trials: Trials) -> set[str]:
        """List the ended trials that may still be promoted, or whose promotion has no epoch of its own yet."""
        running = [run for run in trials.values() if not run.finished]
        sources = (source for run in [*running, *self._promotable(trials)] for source in _sources(trials, run))
        return {source.name for source in sources if source.finished}

    def planned(self) -> Work:
        """Count the trials of the schedule, or as many of them as a small space can fill."""
        held = spaces.count_combinations(self.hyperparameters, spaces.all_values)
        trials = epochs = 0
        for bracket in self._schedule:
            entrants, before = max(held - bracket.first, 0), 0
            for rung in range(bracket.number + 1):
                entrants = min(entrants, self._get_size(bracket.number, rung))
                budget = self._get_epochs(bracket.number, rung)
                trials += int(entrants)
                epochs += int(entrants) * (budget - before)
                before = budget
        return Work(trials, epochs)

    def _lay_out(self) -> Iterator[Bracket]:
        first = 0
        for iteration in range(1, self.hyperband_iterations + 1):
            for number in reversed(range(self._get_num_brackets())):
                yield Bracket(iteration, number, first)
                first += self._get_size(number, 0)

    def _entry(self, bracket: Bracket, rungs: Rungs) -> Proposal | None:
        """Return the next new trial of a bracket, or None if it is full or the space holds no more."""
        slot = len(rungs[bracket.iteration, bracket.number, 0])
        full = slot >= self._get_size(bracket.number, 0)
        values = None if full else self._configurations.at(bracket.first + slot)
        return None if values is None else self._proposal(bracket, 0, slot, values)

    def _promotion(self, bracket: Bracket, rungs: Rungs) -> Proposal | None:
        """Return the most advanced promotion that is certain in a bracket that no new trial enters any more.

        A rung will have had as many trials as it has places, or fewer where too many failed in the rung below.
        """
        proposal = None
        entrants = len(rungs[bracket.iteration, bracket.number, 0])
        for rung in range(bracket.number):
            here, above = (rungs[bracket.iteration, bracket.number, level] for level in (rung, rung + 1))
            places = self._get_size(bracket.number, rung + 1)
            unknown = entrants - sum(run.finished for run in here.values())
            certain = self._ranked(here)[: max(places - unknown, 0)]
            slot = next((slot for slot in certain if slot not in above), None)
            if slot is not None:
                parent = here[slot]
                proposal = self._proposal(bracket, rung + 1, slot, parent.hyperparameters, parent.name)
            entrants = min(places, entrants - sum(run.state is State.FAILED for run in here.values()))
        return proposal

    def _proposal(self, bracket: Bracket, rung: int, slot: int, values: Values, parent: str | None = None) -> Proposal:
        name = RungPlace(bracket.iteration, bracket.number, rung, slot).name
        return Proposal(name, values, self._get_epochs(bracket.number, rung), parent)

    def _promotable(self, trials: Trials) -> list[Run]:
        """List the trials that will be promoted unless a result still to come is better."""
        rungs = _by_rung(trials)
        return [
            runs[slot]
            for (iteration, bracket, rung), runs in list(rungs.items())
            if rung < bracket
            for slot in self._ranked(runs)[: self._get_size(bracket, rung + 1)]
            if slot not in rungs[iteration, bracket, rung + 1]
        ]

    def _ranked(self, runs: dict[int, Run]) -> list[int]:
        """List the slots of the completed trials of a rung, best first."""
        scores = {slot: run.score for slot, run in runs.items() if run.state is State.COMPLETED}
        ranks = sorted((-self._sign * score, slot) for slot, score in scores.items() if score is not None)
        return [slot for _, slot in ranks]


def _by_rung(trials: Trials) -> Rungs:
    rungs: Rungs = defaultdict(dict)
    for name, run in trials.items():
        place = rung_place(name)
        assert place is not None, name  # this oracle named every trial of the study
        rungs[place[:3]][place.slot] = run
    return rungs


def _sources(trials: Trials, run: Run) -> Iterator[Run]:
    """Yield a trial and those it was promoted from, up to the first that has an epoch of its own."""
    yield run
    while run.parent is not None and run.trained <= trials[run.parent].trained:
        run = trials[run.parent]
        yield run
