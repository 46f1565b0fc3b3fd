"""The measure by which a study's models are compared: the search's objective, if the test split allows it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from keras_search.models import DEFAULTS
from keras_search.models.problem import Target
from keras_search.tuner.data.examples import is_picture, kind_of_example
from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.plan import compared_models, seed_index
from keras_search.tuner.study.records import COMPILED_LOSS, TUNED, Evaluation, Kind
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, from_bytes
from keras_search.tuner.verdict import metrics
from keras_search.tuner.verdict.crossed import Scores
from keras_search.tuner.verdict.measure import SHORT, Measure, compared_target, default_metric, scores
from keras_search.tuner.verdict.metrics import Metric

ModelSeed = tuple[str, int]
"""A model of the comparison and the index of the fresh seed that it was trained on."""
CLOSE = 1e-4
"""How far, relatively and absolutely, a computed metric may be from what `model.evaluate` returns."""


@dataclass(frozen=True)
class Compared:
    """Hold the measure of a comparison, and each tested model's scores by it, more being better.

    Scores are `(n_test,)`, or `(1,)` if the measure is known only for each seed. `note` explains why the measure is
    not the objective, if it is not.
    """

    measure: Measure
    scores: Mapping[ModelSeed, Scores]
    note: str = ""

    def value(self, place: ModelSeed) -> float:
        """Return the measure of one tested model."""
        return self.measure.sign * float(np.mean(self.scores[place], dtype=np.float64))


@dataclass(frozen=True)
class _Tested:
    """Hold the results of the test: predictions and labels if they are classes or values, and the reported metrics."""

    settings: StudySettings
    target: Target
    examples: str
    labels: np.ndarray | None
    evaluations: Mapping[ModelSeed, Evaluation]

    @property
    def reported(self) -> str:
        """The objective's name on the test split."""
        return self.settings.objective.removeprefix("val_")

    @property
    def stem(self) -> str:
        """The objective's name without its output and without the number that Keras gives to metrics of one name."""
        own = self.reported.removeprefix(f"{self.target.name}_") if self.target.name else self.reported
        return re.sub(r"_\d+$", "", own)

    def report(self) -> dict[ModelSeed, float]:
        """Return the objective of each model that reports it.

        The loss is the one that a model of the hypermodel was compiled with, if the predictions have another as well;
        a built-in baseline's own loss is never the objective.
        """
        reported: dict[ModelSeed, float | None] = {}
        for place, made in self.evaluations.items():
            own = place[0] in (TUNED, DEFAULTS) or not self.settings.has_own_hypermodel
            reported[place] = made.metrics.get(self.reported)
            if self.reported == "loss":
                reported[place] = made.metrics.get(COMPILED_LOSS, reported[place]) if own else None
        return {place: float(value) for place, value in reported.items() if value is not None}

    def score(self, metric: Metric) -> dict[ModelSeed, Scores]:
        """Score every model's predictions."""
        labels = self.labels
        assert labels is not None
        return {
            place: scores(self.target, from_bytes(made.probabilities), labels, metric)
            for place, made in self.evaluations.items()
        }


def compared(store: Store) -> Compared | None:
    """Choose the measure of the comparison and score the models; None before the test, or if no measure fits all.

    In this order: the objective, computed from the stored predictions, if that agrees with what the models report;
    the objective as every model reports it; accuracy or the mean absolute error.
    """
    tested = _tested(store)
    if not tested.evaluations:
        return None
    by_examples = tested.labels is not None
    return (
        (_computed(tested) if by_examples else None) or _reported(tested) or (_default(tested) if by_examples else None)
    )


def seeds_tested(store: Store) -> list[int]:
    """List the fresh seeds on which every model of the comparison was tested."""
    tested = _tested(store)
    models = compared_models(tested.settings)
    planned = range(tested.settings.compare_seeds)
    return [seed for seed in planned if all((model, seed) in tested.evaluations for model in models)]


def _tested(store: Store) -> _Tested:
    settings = settings_of(store)
    models = compared_models(settings)
    runs = store.of_kind(Kind.RETRAIN)
    evaluations = {
        (runs[name].model, seed_index(runs[name])): made
        for name, made in store.evaluations().items()
        if name in runs and runs[name].model in models
    }
    target = compared_target(store.fact("data"))
    answered = not target.other and all(made.probabilities for made in evaluations.values())
    labels = store.array("test_labels") if answered and store.fact("comparable", True) else None
    return _Tested(settings, target, "images" if _of_images(store) else "examples", labels, evaluations)


def _of_images(store: Store) -> bool:
    kept = store.array("sample_images")
    return kept is not None and is_picture(kind_of_example(kept.shape[1:], None))


def _computed(tested: _Tested) -> Compared | None:
    """Compute the objective from the predictions, in that of its definitions which gives what the models report."""
    default = default_metric(tested.target)
    if tested.stem in SHORT[default.name.replace(" ", "_")]:
        return _by(tested, default)
    ways = metrics.of_classes(tested.stem, tested.target.classes) if tested.target.classifies else (
        metrics.of_values(tested.stem))  # fmt: skip
    report = tested.report()
    if ways and tested.reported == "loss" and not (tested.settings.has_own_hypermodel or tested.target.name):
        return _by(tested, ways[0])
    if not report:
        return _by(tested, ways[0], unconfirmed=True) if ways else None
    first = next(iter(report.items()))
    likely = [way for way in ways if _gap(tested, way, dict([first])) <= CLOSE]
    gaps = [(round(_gap(tested, way, report), 6), place) for place, way in enumerate(likely)]
    best, place = min(gaps, default=(1.0, 0))
    return _by(tested, likely[place]) if best <= CLOSE else None


def _gap(tested: _Tested, way: Metric, report: Mapping[ModelSeed, float]) -> float:
    """Return the largest relative distance of a computed metric from the reported one."""
    labels = tested.labels
    assert labels is not None
    found = [
        abs(way.value(from_bytes(tested.evaluations[place].probabilities), labels) - reported) / (1 + abs(reported))
        for place, reported in report.items()
    ]
    return max(found) if np.isfinite(found).all() else 1.0


def _by(tested: _Tested, metric: Metric, note: str = "", unconfirmed: bool = False) -> Compared:
    objective = tested.settings.objective
    name = tested.stem.replace("_", " ") if metric.averaged else metric.name
    definition = ""
    if unconfirmed:
        definition = f"No model reports {tested.reported} on the test data, so it is computed as {metric.name}."
    elif metric.averaged:
        definition = f"{tested.reported} is computed for every model as {metric.name}, as the models that report it do."
    if not metric.simple:
        definition += (
            " The test examples enter its interval through their influence on it (the infinitesimal jackknife)."
        )
    validated = () if note else (objective,)
    measure = Measure(
        name, metric.sign, tested.examples, tested.target.name, definition.strip(), metric.bounded, metric.simple,
        validated=validated,
    )  # fmt: skip
    return Compared(measure, tested.score(metric), note)


def _by_loss(tested: _Tested) -> Compared | None:
    """Compare by the loss if all models are the hypermodel's and none reports the objective."""
    by_loss = tested.settings.model_copy(update={"objective": "val_loss", "direction": "min"})
    found = _reported(replace(tested, settings=by_loss))
    note = f"No model reports {tested.reported} on the test data, so the models are compared by their loss."
    return found and replace(found, note=note)


def _reported(tested: _Tested) -> Compared | None:
    """Compare by the objective that `model.evaluate` returns for every model."""
    report = tested.report()
    if report.keys() != tested.evaluations.keys() or not np.isfinite([*report.values()]).all():
        return None
    sign = 1 if tested.settings.direction == "max" else -1
    measure = Measure(
        tested.reported.replace("_", " "), sign, tested.examples, seeds_only=True,
        validated=(tested.settings.objective,),
        definition=f"{tested.reported} is what model.evaluate returns on the test data, one number per seed.",
    )  # fmt: skip
    return Compared(measure, {place: np.array([sign * value]) for place, value in report.items()})


def _default(tested: _Tested) -> Compared:
    loss = tested.stem == "loss" and tested.target.classifies
    metric = metrics.LOG_LOSS if loss else default_metric(tested.target)
    note = (
        f"The search optimised {tested.settings.objective}, which not all models share on the test data; they are "
        f"compared by {metric.name}."
    )
    return _by(tested, metric, note)
