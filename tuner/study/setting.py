"""One setting of a study, declared once for the command line, the settings file, messages and forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo

DATA, TRAINING, SEARCH, COMPARISON = "Data", "Training", "Search", "Comparison"
"""The headings of settings in help and forms."""

Tuner = Literal["hyperband", "random", "bayesian", "grid"]
TUNERS: tuple[str, ...] = get_args(Tuner)


def setting(
    default: Any,
    description: str,
    group: str,
    *,
    example: Any = None,
    known: Sequence[str] = (),
    by_tuner: Mapping[str, Any] | None = None,
    resumable: bool = False,
    option: str | None = None,
    **limits: Any,
) -> Any:
    """Declare a field of the settings, with every text that is shown for it.

    `description` is a sentence without its full stop, `group` a heading. `example` is shown in the settings file if no
    value is set; `known` are values that a shell offers. `by_tuner` holds the default of each tuner that has the
    setting. `resume` may raise a `resumable` setting. `option` is the name on the command line if it is not the
    field's; `limits` are `ge`, `gt`, `le` and `lt`, as in pydantic's `Field`.
    """
    extra: dict[str, Any] = {"group": group, "resumable": resumable, "option": option, "by_tuner": dict(by_tuner or {})}
    examples = list(known) or ([] if example is None else [example])
    return Field(default, description=description, examples=examples or None, json_schema_extra=extra, **limits)


@dataclass(frozen=True)
class Setting:
    """The field `name` as `setting` declared it."""

    name: str
    info: FieldInfo

    @property
    def option(self) -> str:
        """The command-line name, such as `--max-epochs`."""
        return self._extra["option"] or "--" + self.name.replace("_", "-")

    @property
    def group(self) -> str:
        """Its heading."""
        return str(self._extra["group"])

    @property
    def resumable(self) -> bool:
        """True if `resume` may raise it."""
        return bool(self._extra["resumable"])

    @property
    def by_tuner(self) -> dict[str, Any]:
        """The default of each tuner that has the setting; empty if it is the same for all."""
        return dict(self._extra["by_tuner"])

    @property
    def kind(self) -> Any:
        """The type of a value that is set: `int`, `float`, `bool`, `str`, `tuple` or a `Literal`."""
        annotation = self.info.annotation
        if get_origin(annotation) in (Union, UnionType):
            annotation = next(each for each in get_args(annotation) if each is not NoneType)
        return tuple if get_origin(annotation) is tuple else annotation

    @property
    def choices(self) -> tuple[str, ...]:
        """All possible values, if they can be listed."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def known(self) -> tuple[str, ...]:
        """Values that have a name."""
        texts = (each for each in self.info.examples or () if self.kind in (str, tuple))
        return self.choices or tuple(map(str, texts))

    @property
    def example(self) -> Any:
        """A value to show if none is set."""
        shown = [*(self.info.examples or ()), *(value for value in self.by_tuner.values() if value is not None)]
        return [shown[0]] if self.kind is tuple and shown else next(iter(shown), "")

    @property
    def text(self) -> str:
        """Its meaning, and the tuners that it applies to, without a full stop."""
        tuners = f" ({', '.join(self.by_tuner)})" if self.by_tuner and len(self.by_tuner) < len(TUNERS) else ""
        return f"{self.info.description}{tuners}"

    @property
    def default(self) -> str:
        """The default in words, "" if there is none."""
        if self.by_tuner:
            return _of_tuners(self.by_tuner)
        value = self.info.get_default()
        if isinstance(value, tuple):
            return ", ".join(value)
        if isinstance(value, bool):
            return self.name if value else ""
        return "" if value is None else str(value)

    @property
    def _extra(self) -> Any:
        return self.info.json_schema_extra


def _of_tuners(values: Mapping[str, Any]) -> str:
    """List the defaults of the tuners, each with its tuners if they differ."""
    tuners: dict[Any, list[str]] = {}
    for tuner, value in values.items():
        tuners.setdefault(value, []).append(tuner)
    if len(tuners) == 1:
        return "" if None in tuners else str(next(iter(tuners)))
    return ", ".join(f"{value} ({', '.join(names)})" for value, names in tuners.items() if value is not None)
