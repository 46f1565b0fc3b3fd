"""Recognise the losses and metrics of Keras that the kernels compute, in each way in which a model names them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.losses.scores import Score, Told
from keras_search.tuner.training.kernels.recognition.scoring import score_of

losses, metrics = keras.losses, keras.metrics

_LOSSES: dict[type, tuple[int, tuple[str, ...]]] = {
    losses.SparseCategoricalCrossentropy: (arrays.SOFTMAX, ("from_logits",)),
    losses.CategoricalCrossentropy: (arrays.SOFTMAX, ("from_logits", "label_smoothing")),
    losses.BinaryCrossentropy: (arrays.BINARY, ("from_logits", "label_smoothing")),
    losses.MeanSquaredError: (arrays.MSE, ()),
    losses.MeanAbsoluteError: (arrays.MAE, ()),
    losses.Huber: (arrays.HUBER, ("delta",)),
    losses.LogCosh: (arrays.LOG_COSH, ()),
    losses.MeanAbsolutePercentageError: (arrays.PERCENTAGE, ()),
    losses.MeanSquaredLogarithmicError: (arrays.LOGARITHMIC, ()),
    losses.Poisson: (arrays.POISSON, ()),
    losses.Hinge: (arrays.HINGE, ()),
    losses.SquaredHinge: (arrays.SQUARED_HINGE, ()),
    losses.CategoricalHinge: (arrays.CATEGORICAL_HINGE, ()),
    losses.KLDivergence: (arrays.DIVERGENCE, ()),
    losses.CosineSimilarity: (arrays.COSINE, ()),
    losses.BinaryFocalCrossentropy: (
        arrays.BINARY_FOCAL,
        ("from_logits", "label_smoothing", "alpha", "gamma", "apply_class_balancing"),
    ),
    losses.CategoricalFocalCrossentropy: (arrays.FOCAL, ("label_smoothing", "alpha", "gamma")),
}
"""The kind of each loss, and the arguments with which the kernels compute it."""
_LOSS_FUNCTIONS = [(kind().fn, kind) for kind in _LOSSES]
_METRIC_FUNCTIONS = [
    (metrics.mean_absolute_error, metrics.MeanAbsoluteError),
    (metrics.mean_squared_error, metrics.MeanSquaredError),
    (metrics.binary_accuracy, metrics.BinaryAccuracy),
    (metrics.categorical_accuracy, metrics.CategoricalAccuracy),
    (metrics.sparse_categorical_accuracy, metrics.SparseCategoricalAccuracy),
    (metrics.mean_absolute_percentage_error, metrics.MeanAbsolutePercentageError),
    (metrics.mean_squared_logarithmic_error, metrics.MeanSquaredLogarithmicError),
    (metrics.top_k_categorical_accuracy, metrics.TopKCategoricalAccuracy),
    (metrics.sparse_top_k_categorical_accuracy, metrics.SparseTopKCategoricalAccuracy),
    (metrics.hinge, metrics.Hinge),
    (metrics.squared_hinge, metrics.SquaredHinge),
    (metrics.categorical_hinge, metrics.CategoricalHinge),
    (metrics.kl_divergence, metrics.KLDivergence),
    (metrics.poisson, metrics.Poisson),
    (metrics.log_cosh, metrics.LogCoshError),
    (metrics.categorical_crossentropy, metrics.CategoricalCrossentropy),
    (metrics.sparse_categorical_crossentropy, metrics.SparseCategoricalCrossentropy),
]
_ERRORS = {
    metrics.MeanAbsoluteError: arrays.ABSOLUTE,
    metrics.MeanSquaredError: arrays.SQUARED,
    metrics.RootMeanSquaredError: arrays.SQUARED,
    metrics.BinaryAccuracy: arrays.MATCHES,
}


@dataclass(frozen=True)
class Objective:
    """A loss that the kernels compute; its kind is one of those in `arrays`."""

    kind: int
    one_hot: bool = False
    """Whether it takes the labels of classes as `(n, classes)`."""
    from_logits: bool = False
    delta: float = 0.0
    smoothing: float = 0.0
    scale: float = 1.0
    """The weight of the whole loss."""
    alpha: float = 1.0
    gamma: float = 1.0
    balances: bool = False
    """Whether a focal loss weights targets of 1 by alpha, others by the rest."""

    @property
    def end(self) -> Callable[..., Any] | None:
        """The activation whose inputs it takes; None for a loss of values."""
        if self.kind == arrays.SOFTMAX:
            return keras.activations.softmax  # type: ignore[no-any-return]
        return keras.activations.sigmoid if self.kind in arrays.OF_CHANCES else None


@dataclass(frozen=True)
class Measure:
    """A metric that is made of one of the sums over an epoch, or of all predictions."""

    name: str
    place: int = -1
    """The place of its sum."""
    root: bool = False
    weighted: bool = False
    score: Score | None = None
    """What it is of all predictions, if it is no sum."""

    @property
    def is_of_all_numbers(self) -> bool:
        """Whether it is a mean over all numbers of an output, in whatever rows."""
        return self.place in (arrays.ABSOLUTE, arrays.SQUARED, arrays.MATCHES)

    def value(self, sums: np.ndarray, count: float, weight: float, told: Callable[[], Told]) -> float:
        """Return the metric by `sums` `(2, SUMS)` over `count` examples whose weights add up to `weight`.

        `told` returns all predictions.
        """
        if self.score is not None:
            whole = told()
            return self.score.value(whole if self.weighted else replace(whole, weights=np.ones_like(whole.weights)))
        total, of = sums[int(self.weighted), self.place], weight if self.weighted else count
        mean = total / of if of else 0.0
        return float(np.sqrt(mean)) if self.root else float(mean)


def objective_of(given: Any, weight: Any) -> Objective | None:
    """Return a loss that a model was compiled with, and its weight; None if it does more than a known formula.

    It is an object, a function or a name; no weight is one.
    """
    loss = _known(given, losses.get, _LOSS_FUNCTIONS)
    if type(loss) not in _LOSSES:
        return None
    kind, names = _LOSSES[type(loss)]
    arguments = tf_private.loss_arguments(loss)
    plain = type(loss)(**{name: arguments[name] for name in names if name in arguments})
    if loss.get_config() != plain.get_config() | {"name": loss.name} or loss.fn is not plain.fn:
        return None
    if arguments != tf_private.loss_arguments(plain) or loss.dtype != plain.dtype:
        return None
    numbers = {
        "delta": arguments.get("delta", keras.config.epsilon()),
        "smoothing": arguments.get("label_smoothing", 0),
        "scale": 1 if weight is None else weight,
        **{name: arguments.get(name, 1) for name in ("alpha", "gamma")},
    }
    finite = all(isinstance(number, int | float) and np.isfinite(number) for number in numbers.values())
    if not finite or numbers["gamma"] < 1:
        return None
    return Objective(
        kind,
        one_hot=type(loss) is losses.CategoricalCrossentropy,
        from_logits=bool(arguments.get("from_logits", False)),
        balances=bool(arguments.get("apply_class_balancing", False)),
        **{name: float(number) for name, number in numbers.items()},
    )


def measures_of(plain: Any, weighted: Any, objective: Objective, columns: int) -> tuple[Measure, ...] | None:
    """Return the metrics of an output of `columns` numbers, in Keras' order; None if one is not known exactly.

    `plain` and `weighted` are what a model was compiled with: a list, a single one, or None.
    """
    found: list[Measure] = []
    for given, by_weight in ((plain, False), (weighted, True)):
        for metric in given if isinstance(given, list | tuple) else () if given is None else (given,):
            measure = _measure(metric, objective, columns, by_weight)
            if measure is None:
                return None
            found.append(measure)
    return tuple(found)


def _measure(given: Any, objective: Objective, columns: int, weighted: bool) -> Measure | None:
    if isinstance(given, str) and given.lower() in ("accuracy", "acc"):
        metric = _accuracy(objective, columns)()
    else:
        metric = _known(given, metrics.get, _METRIC_FUNCTIONS)
    name = given if isinstance(given, str) else getattr(given, "__name__", getattr(metric, "name", ""))
    place = _place(metric, objective, columns)
    if place is None:
        sparse = objective.kind == arrays.SOFTMAX and not objective.one_hot
        shares = objective.kind == arrays.SOFTMAX and not objective.from_logits
        score = score_of(metric, sparse, columns, shares) if isinstance(metric, keras.Metric) else None
        return None if score is None else Measure(name, score=score, weighted=weighted)
    plain = type(metric)()
    if metric.get_config() != plain.get_config() | {"name": metric.name}:
        return None
    if tf_private.function_of(metric) is not tf_private.function_of(plain):
        return None
    if tf_private.metric_arguments(metric) != tf_private.metric_arguments(plain):
        return None
    return Measure(name, place, isinstance(metric, metrics.RootMeanSquaredError), weighted)


def _accuracy(objective: Objective, columns: int) -> Any:
    """Return the class that Keras takes for the word accuracy."""
    if columns == 1:
        return metrics.BinaryAccuracy
    sparse = objective.kind == arrays.SOFTMAX and not objective.one_hot
    return metrics.SparseCategoricalAccuracy if sparse else metrics.CategoricalAccuracy


def _place(metric: Any, objective: Objective, columns: int) -> int | None:
    """Return the place of the sum of which a metric is made; None for one that is made of no sum."""
    kind = type(metric)
    if getattr(metric, "threshold", 0.5) != 0.5:
        return None
    if columns > 1 and kind is _accuracy(objective, columns):
        return arrays.RIGHT
    return None if objective.kind == arrays.SOFTMAX else _ERRORS.get(kind)


def _known(given: Any, get: Callable[[Any], Any], functions: list[tuple[Any, type]]) -> Any:
    """Return the loss or metric of Keras that a string or a function stands for, or else what is given."""
    if isinstance(given, str):
        try:
            given = get(given)
        except ValueError:
            return None
    return next((kind() for function, kind in functions if function is given), given)
