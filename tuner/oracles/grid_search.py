"""Grid search."""

from keras_tuner import HyperParameters
from keras_tuner.oracles import GridSearchOracle

from keras_search.tuner.oracles.base import FromScratch, base_arguments, numbered
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.records import Proposal, Values, Work
from keras_search.tuner.study.settings import StudySettings


class GridSearch(FromScratch, GridSearchOracle):  # type: ignore[misc]
    """Try every combination in keras-tuner's order: defaults first, the last hyperparameter changing fastest.

    Of a continuous range it tries the default and keras-tuner's ten values, in ascending order.
    """

    def __init__(self, settings: StudySettings, space: HyperParameters) -> None:
        super().__init__(max_trials=settings.max_trials, **base_arguments(settings, space))
        self._epochs = settings.max_epochs
        self._grid = spaces.combinations(space, spaces.grid_values)
        self._listed: list[Values] = []

    def propose(self) -> Proposal | None:
        """Return the combination at the first free place."""
        place = len(self.known)
        values = None if self.max_trials is not None and place >= self.max_trials else self._at(place)
        return None if values is None else Proposal(numbered(place), values, self._epochs)

    def planned(self) -> Work:
        """Count the combinations, up to `max_trials`."""
        combinations = spaces.count_combinations(self.hyperparameters, spaces.grid_values)
        trials = int(combinations if self.max_trials is None else min(self.max_trials, combinations))
        return Work(trials, trials * self._epochs)

    def _at(self, place: int) -> Values | None:
        while len(self._listed) <= place:
            values = next(self._grid, None)
            if values is None:
                return None
            self._listed.append(values)
        return self._listed[place]
