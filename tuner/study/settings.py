"""The settings of a study: everything that decides its result, validated once, stored with a fingerprint."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from keras_search.errors import UsageError
from keras_search.models import BASELINE_NAMES, DEFAULTS, HYPERMODEL_NAMES
from keras_search.models.problem import Target
from keras_search.tuner.data.source import Source, Task
from keras_search.tuner.data.weights import BALANCED, ClassWeight

TUNERS = ("hyperband", "random", "bayesian", "grid")
SEARCH_BUDGET = ("max_trials", "iterations", "max_minutes")
EXTENDABLE = (*SEARCH_BUDGET, "compare_seeds", "fair_epochs", "ablation")
"""The fields that `resume` may raise: they say how long to search and compare, not what a trial is."""
TIME_LIMITS = ("max_minutes", "epoch_minutes")
COUNTS = (
    "max_epochs",
    "max_trials",
    "iterations",
    "compare_seeds",
    "patience",
    "batch_trials",
    "plateau",
    "max_parameters",
    "image_size",
)

AUTO: Literal["auto"] = "auto"
"""The objective that the data decide."""
DEFAULT_OBJECTIVE = "default_objective"
"""What keras-tuner calls a number that a `fit` of the user's own returns: less of it is better."""
DEFAULT_BATCH_SIZE = 32
"""Where a hypermodel has no hyperparameter named `batch_size`."""
DEFAULT_EPOCHS = {"hyperband": 27, "random": 10, "bayesian": 10, "grid": 10}
DEFAULT_TRIALS = {"random": 20, "bayesian": 20, "grid": None}
APPLIES_TO = {
    "factor": ("hyperband",),
    "iterations": ("hyperband",),
    "max_trials": ("random", "bayesian", "grid"),
    "batch_trials": ("bayesian",),
    "plateau": ("random", "bayesian"),
}
_WEIGHT = re.compile(r".+=(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.DOTALL)
_DIRECTIONS = {
    "max": ("acc", "auc", "precision", "recall", "f1", "r2", "iou"),
    "min": ("loss", "error", "mse", "mae", "rmse", "entropy"),
}


class StudySettings(BaseModel):
    """What decides the result of a study; make one with `StudySettings.create`.

    `max_epochs` is the full budget of a trial in epochs, `max_minutes` that of the search in minutes of wall
    time, `epoch_minutes` how long a worker may be silent before it counts as hung, `patience` and `plateau` how
    many epochs or trials without a better objective end a trial or a search, `max_parameters` the size above
    which a model is not trained, `validation_split` a share of the training data. `target` to `keep` are what
    `Source` says. `class_weight` is `balanced` alone, or a `CLASS=WEIGHT` for each class that weighs other than 1.
    `prepare`: a model of the user's own gets what the built-in networks get, not what was given. Fields that a
    tuner or a kind of data does not have are None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str = "digits"
    target: str | None = None
    drop: tuple[str, ...] = ()
    task: Task | None = None
    test_split: float | None = None
    image_size: int | None = None
    read_as: tuple[str, ...] = ()
    validation: str | None = None
    group: str | None = None
    time: str | None = None
    keep: tuple[str, ...] = ()
    class_weight: tuple[str, ...] = ()
    prepare: bool = False
    hypermodel: str = "mlp"
    tuner: Literal["hyperband", "random", "bayesian", "grid"] = "hyperband"
    objective: str = AUTO
    direction: Literal["auto", "max", "min"] = AUTO
    max_epochs: int
    factor: int | None = None
    iterations: int | None = None
    max_trials: int | None = None
    batch_trials: int | None = None
    max_minutes: float | None = None
    patience: int | None = None
    plateau: int | None = None
    max_parameters: int | None = None
    epoch_minutes: float = 60.0
    validation_split: float | None = None
    baselines: tuple[str, ...] = ("mlp-128-64",)
    compare_seeds: int = 5
    fair_epochs: bool = False
    ablation: bool = False
    seed: int = 0

    @classmethod
    def create(cls, **given: Any) -> Self:
        """Complete `given` with the defaults of its tuner, and check it.

        Raises:
            UsageError: a value is out of range, or does not apply to the tuner.
        """
        wanted = {name: value for name, value in given.items() if value is not None}
        tuner = wanted.setdefault("tuner", "hyperband")
        if tuner not in TUNERS:
            raise UsageError(f"--tuner must be one of {', '.join(TUNERS)}, received {tuner!r}.")
        _refuse_foreign_options(tuner, wanted)
        for name, value in _tuner_defaults(tuner).items():
            wanted.setdefault(name, value)
        if wanted.get("objective", AUTO) != AUTO and wanted.get("direction", AUTO) == AUTO:
            wanted["direction"] = infer_direction(wanted["objective"])
        try:
            return cls(**wanted)
        except ValidationError as error:
            raise UsageError(_first_message(error)) from None

    @field_validator(*COUNTS)
    @classmethod
    def _at_least_one(cls, value: int | None, info: Any) -> int | None:
        if value is not None and value < 1:
            raise ValueError(f"{option(info.field_name)} must be at least 1, received {value}.")
        return value

    @field_validator("class_weight", mode="before")
    @classmethod
    def _as_pairs(cls, value: Any) -> Any:
        """Take the dict of `model.fit` too."""
        if isinstance(value, Mapping):
            return tuple(f"{name}={weight}" for name, weight in value.items())
        return (value,) if isinstance(value, str) else value or ()

    @field_validator("class_weight")
    @classmethod
    def _proper_weights(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pair in value:
            if value != (BALANCED,) and not _WEIGHT.fullmatch(pair):
                raise ValueError(f"--class-weight must be balanced, or CLASS=WEIGHT, received {pair!r}.")
        return value

    @field_validator("factor")
    @classmethod
    def _at_least_two(cls, value: int | None) -> int | None:
        if value is not None and value < 2:
            raise ValueError(f"--factor must be at least 2, received {value}.")
        return value

    @field_validator(*TIME_LIMITS)
    @classmethod
    def _above_zero(cls, value: float | None, info: Any) -> float | None:
        if value is not None and not 0 < value < float("inf"):
            raise ValueError(f"{option(info.field_name)} must be above 0, received {value:g}.")
        return value

    @field_validator("validation_split", "test_split")
    @classmethod
    def _proper_share(cls, value: float | None, info: Any) -> float | None:
        if value is not None and not 0 < value < 1:
            raise ValueError(f"{option(info.field_name)} must lie between 0 and 1, received {value:g}.")
        return value

    @field_validator("seed")
    @classmethod
    def _not_negative(cls, value: int) -> int:
        if value < 0:
            raise ValueError(f"--seed must be 0 or more, received {value}.")
        return value

    @model_validator(mode="after")
    def _prepares_own(self) -> Self:
        if self.prepare and not self.has_own_hypermodel:
            raise ValueError(f"--prepare is for a hypermodel of your own: {self.hypermodel} always gets prepared data.")
        return self

    @model_validator(mode="after")
    def _baselines_differ(self) -> Self:
        if not self.baselines or len(set(self.baselines)) < len(self.baselines):
            received = ", ".join(self.baselines) or "none"
            raise ValueError(f"--baseline must name at least one baseline, and each once, received {received}.")
        return self

    @property
    def has_own_hypermodel(self) -> bool:
        """Whether the hypermodel is the user's own."""
        return self.hypermodel not in HYPERMODEL_NAMES

    @property
    def class_weights(self) -> ClassWeight | None:
        """What `class_weight` says: a weight for each class by its name, `balanced`, or None."""
        if self.class_weight in ((), (BALANCED,)):
            return BALANCED if self.class_weight else None
        pairs = (pair.rpartition("=") for pair in self.class_weight)
        return {name: float(weight) for name, _, weight in pairs}

    @property
    def source(self) -> Source:
        """Where the data come from, and how they are read."""
        return Source(**{field.name: getattr(self, field.name) for field in fields(Source)})

    def completed(self, targets: Sequence[Target], metrics: Collection[str] = ()) -> Self:
        """Let the data decide the objective where it was left open, by the first target and what the model measures."""
        if self.objective != AUTO:
            return self
        objective = DEFAULT_OBJECTIVE if DEFAULT_OBJECTIVE in metrics else _objective(targets, metrics)
        direction = infer_direction(objective) if self.direction == AUTO else self.direction
        return self.model_copy(update={"objective": objective, "direction": direction})

    def without_built_in(self, unfit: str | None = None) -> Self:
        """Leave out the built-in baselines, which cannot learn what the data ask for; `defaults` is left.

        `unfit` says why they cannot learn from the data, where that is so.

        Raises:
            UsageError: one was asked for by its name.
        """
        named = set(self.baselines) & set(BASELINE_NAMES)
        chosen = "baselines" in self.model_fields_set and named < set(BASELINE_NAMES)
        if named and chosen:
            names, instead = ", ".join(sorted(named)), f"--baseline {DEFAULTS}, the hypermodel with its default values."
            if unfit:
                raise UsageError(f"--baseline {names} cannot be trained. {unfit} Use {instead}")
            raise UsageError(
                f"--baseline {names} cannot be compared with the models of {self.hypermodel}, which predict something "
                f"else: use {instead}"
            )
        return self.model_copy(update={"baselines": (DEFAULTS,)})

    def fingerprint(self) -> str:
        """Hash the fields that no `resume` may change."""
        deciding = self.model_dump(mode="json", exclude=set(EXTENDABLE))
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()

    def extended(self, **budget: Any) -> Self:
        """Raise `max_trials`, `iterations`, `max_minutes` or `compare_seeds`; turn `fair_epochs` or `ablation` on.

        Raises:
            UsageError: another field, one that the tuner does not have, or less than before; minutes may be fewer.
        """
        raised = {name: value for name, value in budget.items() if value is not None}
        _refuse_foreign_options(self.tuner, raised)
        for name, value in raised.items():
            if name not in EXTENDABLE:
                raise UsageError(f"{option(name)} decides the result and cannot change: start a new study.")
            before = getattr(self, name)
            if name != "max_minutes" and (before is None or value < before):
                limit = "without limit" if before is None else before
                raise UsageError(f"{option(name)} can only be raised: it is {limit}, received {value}.")
        return self.create(**{**self.model_dump(), **raised})


def _objective(targets: Sequence[Target], metrics: Collection[str]) -> str:
    """Name the accuracy of classes, and of values the mean absolute error where there is one, else the loss."""
    prefix = f"val_{targets[0].name}_" if len(targets) > 1 else "val_"
    if targets[0].classifies:
        return f"{prefix}accuracy"
    return next((name for name in (f"{prefix}mean_absolute_error", f"{prefix}mae") if name in metrics), "val_loss")


def known_baselines(names: Sequence[str] | None, hypermodel: str) -> tuple[str, ...] | None:
    """Check the names of baselines, None for none given.

    `all` stands for every built-in one, and beside a hypermodel of the user's own for its defaults as well.

    Raises:
        UsageError: one is unknown.
    """
    if names is None:
        return None
    if list(names) == ["all"]:
        return BASELINE_NAMES if hypermodel in HYPERMODEL_NAMES else (*BASELINE_NAMES, DEFAULTS)
    known = (*BASELINE_NAMES, DEFAULTS)
    for name in names:
        if name not in known:
            raise UsageError(f"--baseline must be one of {', '.join(known)} or all, received {name!r}.")
    return tuple(names)


def option(field: str) -> str:
    """Give the command line's name of a field, such as `--max-epochs`."""
    return "--" + ("baseline" if field == "baselines" else field).replace("_", "-")


def infer_direction(objective: str) -> str:
    """Tell whether more or less of the metric `objective` is better, from the last word of its name that tells.

    Raises:
        UsageError: the name does not tell.
    """
    if objective == DEFAULT_OBJECTIVE:
        return "min"
    for word in reversed(re.split(r"[_\W]+", objective.lower())):
        for direction, parts in _DIRECTIONS.items():
            if word.startswith(parts) or word.endswith(parts):
                return direction
    raise UsageError(f"Is more or less {objective!r} better? Its name does not tell: add --direction max or min.")


def check_study_name(name: str) -> str:
    """Accept a name that is one folder's name on every system.

    Raises:
        UsageError: it is not.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) or name.endswith("."):
        raise UsageError(
            "A study's name is made of letters, digits, '.', '_' and '-', starts with a letter or digit and has at "
            f"most 100 characters, received {name!r}."
        )
    return name


def _tuner_defaults(tuner: str) -> dict[str, Any]:
    shared = {"max_epochs": DEFAULT_EPOCHS[tuner]}
    if tuner == "hyperband":
        return {**shared, "factor": 3, "iterations": 1}
    if tuner == "bayesian":
        return {**shared, "max_trials": DEFAULT_TRIALS[tuner], "batch_trials": 4}
    return {**shared, "max_trials": DEFAULT_TRIALS[tuner]}


def _refuse_foreign_options(tuner: str, given: dict[str, Any]) -> None:
    for name, tuners in APPLIES_TO.items():
        if given.get(name) is not None and tuner not in tuners:
            raise UsageError(f"{option(name)} applies to --tuner {' or '.join(tuners)}, not to {tuner}.")


def _first_message(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    field = str(first["loc"][0])
    return f"{option(field)}: {first['msg'].lower()}, received {first['input']!r}."
