"""Random search."""

from keras_tuner import HyperParameters
from keras_tuner.oracles import RandomSearchOracle

from keras_search.tuner.oracles.base import FromScratch, base_arguments, numbered
from keras_search.tuner.oracles.configurations import Configurations
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Proposal, Work
from keras_search.tuner.study.settings import StudySettings


class RandomSearch(FromScratch, RandomSearchOracle):  # type: ignore[misc]
    """Draw each trial at random: trial `0007` is the seventh."""

    def __init__(self, settings: StudySettings, space: HyperParameters) -> None:
        super().__init__(max_trials=settings.max_trials, **base_arguments(settings, space))
        self._epochs = settings.max_epochs
        self._configurations = Configurations(space, settings.seed)

    def propose(self) -> Proposal | None:
        """Return the trial at the first free place."""
        place = len(self.known)
        values = self._configurations.at(place) if place < self.max_trials else None
        return None if values is None else Proposal(numbered(place), values, self._epochs)

    def planned(self) -> Work:
        """Return `max_trials`, or the number of configurations of a smaller space."""
        trials = int(min(self.max_trials, spaces.count_combinations(self.hyperparameters, spaces.all_values)))
        return Work(trials, trials * self._epochs)
