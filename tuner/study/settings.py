"""The settings of a study: everything that decides its result, validated once, stored with a fingerprint."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationError, ValidationInfo, field_validator, model_validator

from keras_search.errors import UsageError, did_you_mean
from keras_search.models import BASELINE_NAMES, DEFAULTS, HYPERMODEL_NAMES
from keras_search.models.problem import Target
from keras_search.tuner.study.fields import ALL, EXTENDABLE, SETTINGS, Fields, of_group, option
from keras_search.tuner.study.objective import AUTO, default_objective, infer_direction
from keras_search.tuner.study.refusal import one_value, refusal
from keras_search.tuner.study.script import ScriptSettings
from keras_search.tuner.study.setting import DATA, TUNERS

if TYPE_CHECKING:
    from keras_search.tuner.data.source import Source
    from keras_search.tuner.data.weights import ClassWeight

# The data room imports NumPy, which takes as long as the rest of `keras-search --help`: it is imported only on use.

SEARCH_BUDGET = ("max_trials", "iterations", "max_minutes")
DEFAULT_BATCH_SIZE = 32
"""The default if a hypermodel has no hyperparameter named `batch_size`."""


class StudySettings(Fields):
    """Everything that decides the result of a study; make one with `StudySettings.create`. The fields are in `Fields`.

    `script`: the settings of a KerasTuner-style script that began the study; not an option of the command line.
    """

    script: ScriptSettings | None = None

    @classmethod
    def create(cls, **given: Any) -> Self:
        """Complete `given` with the defaults of its tuner, and check it.

        Raises:
            UsageError: a value is out of range, does not apply to the tuner, or belongs to no setting.
        """
        wanted = {name: value for name, value in given.items() if value is not None}
        script = wanted.pop("script", None)
        refuse_unknown(wanted)
        tuner = wanted.setdefault("tuner", TUNERS[0])
        if isinstance(tuner, str) and tuner in TUNERS:
            _refuse_foreign(tuner, wanted)
        if isinstance(wanted.get("baselines"), (str, Sequence)):
            hypermodel = str(wanted.get("hypermodel", HYPERMODEL_NAMES[0]))
            wanted["baselines"] = known_baselines(wanted["baselines"], hypermodel)
        try:
            return cls(**{**_defaults_of(str(tuner)), **wanted}, script=script)
        except ValidationError as error:
            raise UsageError(refusal(error, SETTINGS)) from None

    @model_validator(mode="before")
    @classmethod
    def _with_direction(cls, given: Any) -> Any:
        objective = given.get("objective", AUTO)
        if isinstance(objective, str) and objective != AUTO and given.get("direction", AUTO) == AUTO:
            return {**given, "direction": infer_direction(objective)}
        return given

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, info: ValidationInfo) -> Any:
        """Accept one text as a list of one, no boolean as a number, and no empty text."""
        if info.field_name not in SETTINGS:
            return value
        kind = SETTINGS[info.field_name].kind
        if kind in (int, float) and isinstance(value, bool):
            return str(value).lower()
        texts = (value,) if isinstance(value, str) else value if isinstance(value, (list, tuple)) else ()
        if kind in (str, tuple) and any(isinstance(text, str) and not text.strip() for text in texts):
            raise ValueError(f"{SETTINGS[info.field_name].option} must not be empty, received {value!r}.")
        return (value,) if kind is tuple and isinstance(value, str) else value

    @field_validator("class_weight", mode="before")
    @classmethod
    def _as_pairs(cls, value: Any) -> Any:
        """Accept the dict of `model.fit` too."""
        return tuple(f"{name}={weight}" for name, weight in value.items()) if isinstance(value, Mapping) else value

    @field_validator("class_weight")
    @classmethod
    def _proper_weights(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from keras_search.tuner.data.weights import weights_of

        weights_of(value)
        return value

    @model_validator(mode="after")
    def _prepares_own(self) -> Self:
        if self.prepare and not self.has_own_hypermodel:
            raise ValueError(f"--prepare is for your own hypermodel: {self.hypermodel} always gets prepared data.")
        return self

    @model_validator(mode="after")
    def _baselines_differ(self) -> Self:
        if not self.baselines or len(set(self.baselines)) < len(self.baselines):
            received = ", ".join(self.baselines) or "none"
            raise ValueError(f"--baseline must name at least one baseline, and each only once, received {received}.")
        return self

    @property
    def has_own_hypermodel(self) -> bool:
        """True if the hypermodel is the user's own."""
        return self.hypermodel not in HYPERMODEL_NAMES

    @property
    def class_weights(self) -> "ClassWeight | None":
        """The value of `class_weight`: a weight for each class by its name, `balanced`, or None."""
        from keras_search.tuner.data.weights import weights_of

        return weights_of(self.class_weight)

    @property
    def source(self) -> "Source":
        """The source of the data, with the options for reading them."""
        from keras_search.tuner.data.source import Source

        return Source(**{name: getattr(self, name) for name in of_group(DATA)})

    def completed(self, targets: Sequence[Target], metrics: Collection[str] = ()) -> Self:
        """Let the data choose an open objective, by the first target and the model's metrics."""
        if self.objective != AUTO:
            return self
        objective = default_objective(targets, metrics)
        direction = infer_direction(objective) if self.direction == AUTO else self.direction
        return self.model_copy(update={"objective": objective, "direction": direction})

    def without_built_in(self, unfit: str | None = None) -> Self:
        """Leave out the built-in baselines, which cannot learn the task; `defaults` remains.

        `unfit` says why they cannot learn from the data, if so.

        Raises:
            UsageError: one was requested by name.
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
        of_script = set() if self.script else {"script"}
        deciding = self.model_dump(mode="json", exclude={*EXTENDABLE, *of_script})
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()

    def extended(self, **budget: Any) -> Self:
        """Raise the settings that `resume` may raise, or turn them on.

        Raises:
            UsageError: another field, one that the tuner does not have, or less than before; minutes may be fewer.
        """
        raised = {name: value for name, value in budget.items() if value is not None}
        refuse_unknown(raised)
        _refuse_foreign(self.tuner, raised)
        for name in raised:
            if name not in EXTENDABLE:
                raise UsageError(f"{option(name)} decides the result and cannot change: start a new study.")
        extended = self.create(**{**self.model_dump(), **raised})
        for name in raised:
            self._refuse_less(name, getattr(extended, name))
        return extended

    def _refuse_less(self, name: str, value: Any) -> None:
        before = getattr(self, name)
        if name == "max_minutes" or (before is not None and value >= before):
            return
        if isinstance(before, bool):
            raise UsageError(f"{option(name)} can only be turned on, it is on: leave it out, or start a new study.")
        limit = "without limit" if before is None else before
        raise UsageError(f"{option(name)} can only be raised: it is {limit}, received {value}.")


def known_baselines(names: str | Sequence[str], hypermodel: str) -> tuple[str, ...]:
    """Check the names of baselines, one or several.

    `all` stands for every built-in one and, with the user's own hypermodel, also for its defaults.

    Raises:
        UsageError: one is unknown.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    if names == (ALL,):
        return BASELINE_NAMES if hypermodel in HYPERMODEL_NAMES else (*BASELINE_NAMES, DEFAULTS)
    known = (*BASELINE_NAMES, DEFAULTS)
    for name in names:
        if name not in known:
            close = did_you_mean(name, (*known, ALL))
            raise UsageError(f"--baseline must be one of {', '.join(known)} or {ALL}, received {name!r}.{close}")
    return names


def check_study_name(name: str) -> str:
    """Accept a name that is a valid folder name on every system.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) or name.endswith("."):
        raise UsageError(
            "A study's name is made of letters, digits, '.', '_' and '-', starts with a letter or digit and has at "
            f"most 100 characters, received {one_value(name)}."
        )
    return name


def _defaults_of(tuner: str) -> dict[str, Any]:
    """Return the defaults that depend on the tuner."""
    defaults = {name: each.by_tuner.get(tuner) for name, each in SETTINGS.items()}
    return {name: value for name, value in defaults.items() if value is not None}


def refuse_unknown(given: Mapping[str, Any], others: Sequence[str] = ()) -> None:
    """Make sure that every name is that of a setting; `others` are further names that were possible.

    Raises:
        UsageError: one is not.
    """
    known = list(dict.fromkeys((*SETTINGS, *others)))
    for name in given:
        if name not in SETTINGS:
            raise UsageError(f"Unknown setting {name!r}.{did_you_mean(name, known)} Known: {', '.join(known)}.")


def _refuse_foreign(tuner: str, given: Mapping[str, Any]) -> None:
    for name in given:
        tuners = SETTINGS[name].by_tuner
        if tuners and tuner not in tuners:
            raise UsageError(f"{option(name)} applies to --tuner {' or '.join(tuners)}, not to {tuner}.")
