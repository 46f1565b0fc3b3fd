"""The options of a command that are settings of a study, generated from the settings' declarations."""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from keras_search.tuner.console import completion
from keras_search.tuner.study.fields import SETTINGS
from keras_search.tuner.study.setting import Setting

Given = Mapping[str, Any]
"""The settings from the command line, by name."""


def takes_settings(
    names: Iterable[str], argument: str | None = None, resuming: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add an option for each of the settings to a command; its first parameter receives those that were used.

    The setting `argument` is positional and required. A command that is `resuming` raises the settings of a study, so
    its options have no defaults. Values are passed on as text: `StudySettings.create` checks them, as it does those of
    a file.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        taken = [each for each in names if each != argument]
        signature = inspect.signature(command)
        own = list(signature.parameters.values())[1:]
        options = [_parameter(name, _option(SETTINGS[name], resuming), None) for name in taken]
        if argument is not None:
            options.insert(0, _parameter(argument, _argument(SETTINGS[argument]), inspect.Parameter.empty))

        @functools.wraps(command)
        def run(**arguments: Any) -> None:
            values = {each.name: arguments.pop(each.name) for each in options}
            command({name: value for name, value in values.items() if value not in (None, [])}, **arguments)

        after = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        vars(run)["__signature__"] = signature.replace(parameters=[*options, *after])
        return run

    return decorate


class GroupedCommand(TyperCommand):
    """A command whose help lists the options by group."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options group by group, those without one last."""
        groups: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        for parameter in self.get_params(ctx):
            is_option = parameter.param_type_name == "option"
            group = getattr(parameter, "rich_help_panel", None) or ("Options" if is_option else "Arguments")
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups.setdefault(group, []).append(record)
        for group, records in sorted(groups.items(), key=lambda each: each[0] == "Options"):
            if records:
                with formatter.section(group):
                    formatter.write_dl(records)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _argument(each: Setting) -> Any:
    argument = typer.Argument(help=f"{each.text}.", autocompletion=completion.of(each.known), metavar=f"<{each.name}>")
    return Annotated[str, argument]


def _option(each: Setting, resuming: bool) -> Any:
    """Annotate the parameter of a setting, for typer."""
    default = f"  [default: {each.default}]" if each.default and not resuming else ""
    if each.kind is bool:
        off = each.option.replace("--", "--no-", 1)
        names = each.option if resuming else f"{each.option}/{off}"
        return Annotated[bool | None, typer.Option(names, help=f"{each.text}.{default}", rich_help_panel=each.group)]
    several = " (may be repeated)" if each.kind is tuple else ""
    option = typer.Option(
        each.option,
        help=f"{each.text}{several}.{default}",
        metavar=_metavar(each),
        rich_help_panel=each.group,
        autocompletion=completion.of(each.known),
    )
    return Annotated[list[str] | None if each.kind is tuple else str | None, option]


def _metavar(each: Setting) -> str:
    """Return the placeholder of an option's value."""
    if each.choices:
        return f"<{'|'.join(each.choices)}>"
    return {int: "<int>", float: "<float>"}.get(each.kind, "<text>")
