"""The context of every order of one study: its folder, settings, data and networks."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from keras_tuner import HyperParameters

from keras_search.tuner.data import Splits, open_splits
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Metrics
from keras_search.tuner.study.script import MULTI_OBJECTIVE
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training.kept_networks import KeptNetworks
from keras_search.tuner.training.networks import BuildsNetworks, networks_of
from keras_search.tuner.training.scripts.carried import Carried
from keras_search.tuner.training.scripts.networks import ScriptNetworks

Send = Callable[[messages.Report], None]


@dataclass
class FitKnowledge:
    """What this process has learned by calling the user's own `fit`; every context of a study shares it.

    `gives_values`: it returns its own values, not the `History` of its training; None before a call.
    """

    gives_values: bool | None = None


@dataclass(frozen=True)
class StudyContext:
    """One study in a worker's process: `send` reports, `asked_to_stop` is asked after each epoch.

    `carried` are the objects of a script, if one has begun the study. The data are opened and the hypermodel is loaded
    once, on first use.
    """

    folder: StudyFolder
    settings: StudySettings
    space: dict[str, Any] | None
    send: Send
    asked_to_stop: Callable[[], bool]
    carried: Any = None
    fit_knowledge: FitKnowledge = field(default_factory=FitKnowledge)

    @classmethod
    def of(cls, context: messages.Context, send: Send, asked_to_stop: Callable[[], bool]) -> Self:
        """Read the context that the search process has sent."""
        settings = StudySettings.model_validate(context.settings)
        return cls(StudyFolder(context.folder), settings, context.space, send, asked_to_stop, context.carried)

    @property
    def logged(self) -> bool:
        """True if output goes to a log, and not to the screen of a script in this process."""
        return not isinstance(self.carried, Carried)

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """The checkpoints of the study's runs."""
        return Checkpoints(self.folder.checkpoints)

    @cached_property
    def splits(self) -> Splits:
        """The examples to train and to validate on."""
        return open_splits(self.folder.data)

    @cached_property
    def networks(self) -> BuildsNetworks:
        """The builder of a run's network."""
        space = None if self.space is None else HyperParameters.from_config(self.space)
        if self.carried is not None:
            return ScriptNetworks(self.carried, self.settings, space, self.folder.data)
        return networks_of(self.settings, self.splits, space)

    @cached_property
    def kept_networks(self) -> KeptNetworks:
        """The networks that this process has trained or tested for the comparison."""
        return KeptNetworks(self.settings.has_own_hypermodel)

    @property
    def objective(self) -> tuple[str, str]:
        """The metric that counts, and its direction."""
        return self.settings.objective, self.settings.direction

    def with_sum(self, metrics: Metrics) -> Metrics:
        """Add the sum of a script's objectives, those to maximize subtracted, to metrics that have all of them."""
        objectives = self.settings.script.objectives if self.settings.script else ()
        if not objectives or any(name not in metrics for name, _ in objectives):
            return metrics
        total = sum(metrics[name] if direction == "min" else -metrics[name] for name, direction in objectives)
        return {**metrics, MULTI_OBJECTIVE: total}

    def planned(self, plan: messages.Plan) -> Self:
        """Return the context with the surveyed search space and objective."""
        settings = self.settings.model_copy(update={"objective": plan.objective, "direction": plan.direction})
        return self._with("splits", space=plan.space, settings=settings)

    def moved(self, folder: Path) -> Self:
        """Return the context of the same study in its new folder."""
        return self._with("splits", "networks", folder=StudyFolder(folder))

    def _with(self, *kept: str, **changes: Any) -> Self:
        """Return a context with `changes` that keeps those of `kept` that exist already."""
        changed = replace(self, **changes)
        vars(changed).update({name: vars(self)[name] for name in kept if name in vars(self)})
        return changed
