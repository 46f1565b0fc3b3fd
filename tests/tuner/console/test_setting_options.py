"""The options that are made of the settings."""

import inspect
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from keras_search.tuner.console.setting_options import Given, GroupedCommand, takes_settings
from keras_search.tuner.study.fields import EXTENDABLE, SETTINGS, Fields
from keras_search.tuner.study.setting import SEARCH, Setting, setting

VALUES: dict[Any, list[str]] = {bool: [], int: ["3"], float: ["0.5"], str: ["text"], tuple: ["some text"]}


def command(names: Any, **how: Any) -> tuple[typer.Typer, list[Given]]:
    """Make a program of one command that keeps what it is given."""
    app, kept = typer.Typer(rich_markup_mode=None, add_completion=False), list[Given]()

    def keep(given: Given, quiet: bool = False) -> None:
        """Keep them."""
        kept.append({**given, "quiet": quiet})

    app.command(cls=GroupedCommand)(takes_settings(names, **how)(keep))
    return app, kept


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_an_option_that_is_explained_and_taken(name: str) -> None:
    each = SETTINGS[name]
    app, kept = command(SETTINGS)
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert "".join(each.text.split()) in "".join(shown.split())
    assert f"\n  {each.option} " in shown.partition(f"\n{each.group}:")[2].partition("\n\n")[0]
    value = VALUES.get(each.kind, list(each.choices[-1:]))
    assert CliRunner().invoke(app, [each.option, *value]).exit_code == 0
    expected = True if each.kind is bool else value if each.kind is tuple else value[0]
    assert kept == [{name: expected, "quiet": False}]


def test_what_is_not_written_is_not_given() -> None:
    app, kept = command(SETTINGS)
    CliRunner().invoke(app, ["--quiet"])
    CliRunner().invoke(app, ["--drop", "a", "--drop", "b", "--no-ablation"])
    assert kept == [{"quiet": True}, {"drop": ["a", "b"], "ablation": False, "quiet": False}]


def test_resume_can_turn_on_but_not_off_and_knows_no_defaults() -> None:
    app, kept = command(EXTENDABLE, resuming=True)
    assert CliRunner().invoke(app, ["--no-ablation"]).exit_code == 2
    assert CliRunner().invoke(app, ["--ablation", "--max-trials", "30"]).exit_code == 0
    assert kept == [{"ablation": True, "max_trials": "30", "quiet": False}]
    assert "default: 5" not in CliRunner().invoke(app, ["--help"]).stdout


def test_one_setting_can_be_the_argument() -> None:
    app, kept = command(("hypermodel", "dataset"), argument="hypermodel")
    assert CliRunner().invoke(app, ["mine.py:build", "--dataset", "mnist"]).exit_code == 0
    assert kept == [{"hypermodel": "mine.py:build", "dataset": "mnist", "quiet": False}]
    assert CliRunner().invoke(app, []).exit_code == 2


def test_a_new_setting_is_one_field() -> None:
    """It brings its option, default, line and place in a form."""

    class More(Fields):
        momentum: float | None = setting(None, "How heavy the ball is", SEARCH, by_tuner={"grid": 0.5}, gt=0)

    each = Setting("momentum", More.model_fields["momentum"])
    assert (each.option, each.default, each.example) == ("--momentum", "0.5", 0.5)
    assert each.text == "How heavy the ball is (grid)"
    assert More.model_json_schema()["properties"]["momentum"]["group"] == SEARCH


def test_the_command_keeps_its_own_name_and_help() -> None:
    app, _ = command(SETTINGS)
    callback = app.registered_commands[0].callback
    assert callback is not None
    assert (callback.__name__, callback.__doc__) == ("keep", "Keep them.")
    assert list(inspect.signature(callback).parameters)[-1] == "quiet"
