"""The interface of every oracle, and what the four have in common."""

from typing import Any, Protocol

from keras_tuner import HyperParameters, Objective

from keras_search.tuner.study.records import Proposal, Run, Work
from keras_search.tuner.study.settings import StudySettings


class Oracle(Protocol):
    """Decide what to train next, from the latest state of each trial.

    The state is all that counts: not how often, nor in which order, the trials were learned. Every proposal must be
    learned before the next one is asked for.
    """

    def learn(self, run: Run) -> None:
        """Take a trial that is new or has changed into account."""

    def propose(self) -> Proposal | None:
        """Return the next trial, or None: wait for a running one, or, where none is running, the end."""

    def continuable(self) -> set[str]:
        """List the ended trials whose checkpoints a trial may still continue from."""

    def planned(self) -> Work:
        """Return the largest number of trials of the whole search, and their epochs."""


class FromScratch:
    """The oracles that never continue a trial; `known` are the trials so far, by name."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.known: dict[str, Run] = {}

    def learn(self, run: Run) -> None:
        """Keep a trial."""
        self.known[run.name] = run

    def continuable(self) -> set[str]:
        """Name none."""
        return set()


def base_arguments(settings: StudySettings, space: HyperParameters) -> dict[str, Any]:
    """Return the arguments that keras-tuner's oracles share; they treat seed 0 as none, and ours draw without them."""
    return {
        "objective": Objective(settings.objective, settings.direction),
        "hyperparameters": space,
        "seed": settings.seed or 1,
    }


def numbered(place: int) -> str:
    """Name the trial at `place`, counted from 0: the first is `0001`."""
    return f"{place + 1:04d}"
