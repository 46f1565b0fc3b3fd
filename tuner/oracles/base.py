"""The interface of every oracle, and what the four have in common."""

from collections.abc import Mapping
from typing import Any, Protocol

from keras_tuner import HyperParameters, Objective

from keras_search.tuner.study.records import Proposal, Run, Work
from keras_search.tuner.study.settings import StudySettings

Trials = Mapping[str, Run]
"""The trials so far by name, in the order of their start."""


class Oracle(Protocol):
    """Decide what to train next.

    Every proposal must be among the trials before the next call.
    """

    def propose(self, trials: Trials) -> Proposal | None:
        """Return the next trial, or None: wait for a running one, or, where none is running, the end."""

    def continuable(self, trials: Trials) -> set[str]:
        """List the ended trials whose checkpoints a trial may still continue from."""

    def planned(self) -> Work:
        """Return the largest number of trials of the whole search, and their epochs."""


class FromScratch:
    """The oracles that never continue a trial."""

    def continuable(self, trials: Trials) -> set[str]:  # noqa: ARG002
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
