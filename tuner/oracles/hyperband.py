"""Hyperband."""

import itertools
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from keras_tuner import HyperParameters
from keras_tuner.oracles import HyperbandOracle

from keras_search.tuner.oracles.base import base_arguments
from keras_search.tuner.oracles.configurations import Configurations
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Proposal, Run, State, Values, Work
from keras_search.tuner.study.rungs import RungPlace, rung_place
from keras_search.tuner.study.settings import StudySettings


@dataclass(frozen=True)
class Bracket:
    """One bracket of the schedule; `first` is the place of its first configuration among those of all brackets."""

    iteration: int
    number: int
    first: int


@dataclass
class Rung:
    """The trials of one rung of a bracket by slot."""

    runs: dict[int, Run] = field(default_factory=dict)
    ended: int = 0
    failed: int = 0
    ranking: list[tuple[float, int]] = field(default_factory=list)
    """(score, the lower the better, and slot) of the completed trials, best first."""

    def end(self, slot: int, run: Run, sign: int) -> None:
        """Count a trial that has ended; `sign` is 1 if a higher score is better, else -1."""
        self.ended += 1
        self.failed += run.state is State.FAILED
        if run.state is State.COMPLETED and run.score is not None:
            insort(self.ranking, (-sign * run.score, slot))

    def ranked(self, count: int) -> list[int]:
        """List the slots of the best completed trials, at most `count`, best first."""
        return [slot for _, slot in self.ranking[: max(count, 0)]]


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
        self._closed = 0
        """The number of brackets, the first ones, that never get another trial."""
        self._rungs: dict[tuple[int, int, int], Rung] = defaultdict(Rung)
        """The rungs by (iteration, bracket, rung)."""
        self._known: dict[str, Run] = {}

    def learn(self, run: Run) -> None:
        """Take a trial that is new or has changed to its rung."""
        place = rung_place(run.name)
        assert place is not None, run.name  # this oracle named every trial of the study
        before, self._known[run.name] = self._known.get(run.name), run
        rung = self._rungs[place[:3]]
        rung.runs[place.slot] = run
        if run.finished and (before is None or not before.finished):
            rung.end(place.slot, run, self._sign)

    def propose(self) -> Proposal | None:
        """Return the first bracket's next new trial, else a promotion that is certain, else the next bracket's."""
        for number, bracket in enumerate(itertools.islice(self._schedule, self._closed, None), self._closed):
            proposal = self._entry(bracket) or self._promotion(bracket)
            if proposal is not None:
                return proposal
            if number == self._closed and not any(rung.ended < len(rung.runs) for rung in self._rungs_of(bracket)):
                self._closed += 1
        return None

    def continuable(self) -> set[str]:
        """List the ended trials that may still be promoted, or whose promotion has no epoch of its own yet."""
        rungs = [rung for bracket in self._begun() for rung in self._rungs_of(bracket)]
        running = [run for rung in rungs if rung.ended < len(rung.runs) for run in rung.runs.values()]
        going_on = [*(run for run in running if not run.finished), *self._promotable()]
        return {source.name for run in going_on for source in self._sources(run) if source.finished}

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

    def _begun(self) -> Iterator[Bracket]:
        """Yield the brackets that have trials and may get more."""
        open_ = itertools.islice(self._schedule, self._closed, None)
        return itertools.takewhile(lambda bracket: self._rungs_of(bracket)[0].runs, open_)

    def _rungs_of(self, bracket: Bracket) -> list[Rung]:
        return [self._rungs[bracket.iteration, bracket.number, rung] for rung in range(bracket.number + 1)]

    def _entry(self, bracket: Bracket) -> Proposal | None:
        """Return the next new trial of a bracket, or None if it is full or the space holds no more."""
        slot = len(self._rungs_of(bracket)[0].runs)
        full = slot >= self._get_size(bracket.number, 0)
        values = None if full else self._configurations.at(bracket.first + slot)
        return None if values is None else self._proposal(bracket, 0, slot, values)

    def _promotion(self, bracket: Bracket) -> Proposal | None:
        """Return the most advanced promotion that is certain in a bracket that no new trial enters any more.

        A rung will have had as many trials as it has places, or fewer where too many failed in the rung below.
        """
        proposal = None
        rungs = self._rungs_of(bracket)
        entrants = len(rungs[0].runs)
        for number, (here, above) in enumerate(itertools.pairwise(rungs)):
            places = self._get_size(bracket.number, number + 1)
            unknown = entrants - here.ended
            slot = next((slot for slot in here.ranked(places - unknown) if slot not in above.runs), None)
            if slot is not None:
                parent = here.runs[slot]
                proposal = self._proposal(bracket, number + 1, slot, parent.hyperparameters, parent.name)
            entrants = min(places, entrants - here.failed)
        return proposal

    def _proposal(self, bracket: Bracket, rung: int, slot: int, values: Values, parent: str | None = None) -> Proposal:
        name = RungPlace(bracket.iteration, bracket.number, rung, slot).name
        return Proposal(name, values, self._get_epochs(bracket.number, rung), parent)

    def _promotable(self) -> Iterator[Run]:
        """Yield the trials that will be promoted unless a result still to come is better."""
        for bracket in self._begun():
            for number, (here, above) in enumerate(itertools.pairwise(self._rungs_of(bracket))):
                slots = here.ranked(self._get_size(bracket.number, number + 1))
                yield from (here.runs[slot] for slot in slots if slot not in above.runs)

    def _sources(self, run: Run) -> Iterator[Run]:
        """Yield a trial and those it was promoted from, up to the first that has an epoch of its own."""
        yield run
        while run.parent is not None and run.trained <= self._known[run.parent].trained:
            run = self._known[run.parent]
            yield run
