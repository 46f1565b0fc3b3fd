"""The settings of a study as a file: written with comments, read back the same, the command line above it."""

import re
import tomllib
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.console.settings_file import chosen_settings, default_toml, read_toml, to_toml, write_default
from keras_search.tuner.study.fields import SETTINGS
from keras_search.tuner.study.settings import StudySettings


@pytest.mark.parametrize("tuner", ["hyperband", "random", "bayesian", "grid"])
def test_settings_are_read_back_as_they_were_written(tmp_path: Path, tuner: str) -> None:
    settings = StudySettings.create(tuner=tuner, baselines=("dnn-bn", "ann-128"), seed=7, max_minutes=1.5, patience=2)
    (tmp_path / "study.toml").write_text(to_toml(settings.model_dump(mode="json"), "mine"), "utf-8")
    assert chosen_settings(tmp_path / "study.toml", {}) == settings


def test_the_file_of_init_is_the_default_and_names_every_setting() -> None:
    text = default_toml()
    assert StudySettings.create(**tomllib.loads(text)) == StudySettings.create()
    for name, setting in SETTINGS.items():
        assert len(re.findall(rf"^# {re.escape(setting.text)}\.\n(# )?{name} = \S", text, re.MULTILINE)) == 1


def test_an_option_turns_off_what_a_file_turns_on(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("ablation = true\nfair_epochs = true\n", "utf-8")
    settings = chosen_settings(tmp_path / "study.toml", {"ablation": False})
    assert (settings.ablation, settings.fair_epochs) == (False, True)


def test_every_setting_that_is_commented_out_can_be_taken_in() -> None:
    """Uncommented, each is a value of the right kind."""
    lines = [line.removeprefix("# ") for line in default_toml().splitlines() if line.startswith("# ") and " = " in line]
    found = tomllib.loads("\n".join(lines))
    tuner = {"max_trials": "random", "batch_trials": "bayesian", "plateau": "random"}
    for name, value in found.items():
        assert StudySettings.create(tuner=tuner.get(name, "hyperband"), **{name: value})


def test_what_the_user_has_typed_wins(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('seed = 3\ndataset = "mnist"\nbaselines = "ann-128"\n', "utf-8")
    settings = chosen_settings(tmp_path / "study.toml", {"seed": "5"})
    assert (settings.seed, settings.dataset, settings.baselines) == (5, "mnist", ("ann-128",))


def test_another_tuner_leaves_what_it_has_no_use_for(tmp_path: Path) -> None:
    write_default(tmp_path / "study.toml")
    settings = chosen_settings(tmp_path / "study.toml", {"tuner": "random"})
    assert (settings.tuner, settings.factor, settings.max_trials) == ("random", None, 20)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "--config {file} could not be read: No such file or directory. Write one: keras-search init"),
        ("seed = ", "--config {file} is not TOML: Invalid value (at end of document)."),
        ("sede = 1", "--config {file} has unknown settings: sede. Did you mean 'seed'? Known: dataset, target, "),
        ("max_epochs = 'ten'", "--max-epochs must be a whole number, received 'ten'."),
        ("max_epochs = true", "--max-epochs must be a whole number, received 'true'."),
        ("max_epochs = 0", "--max-epochs must be at least 1, received 0."),
        ("baselines = ['resnet']", "--baseline must be one of "),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "study.toml"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(UsageError) as caught:
        chosen_settings(file, {})
    assert str(caught.value).startswith(message.format(file=file))


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    write_default(file)
    assert read_toml(file)["tuner"] == "hyperband"
    with pytest.raises(UsageError, match="exists: name another file"):
        write_default(file)
    with pytest.raises(UsageError, match="could not be written: No such file or directory"):
        write_default(tmp_path / "no" / "study.toml")


def test_the_tuner_of_a_new_file_may_be_changed_alone(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    write_default(file)
    file.write_text(file.read_text("utf-8").replace('tuner = "hyperband"', 'tuner = "random"'), "utf-8")
    settings = chosen_settings(file, {})
    assert (settings.tuner, settings.max_epochs, settings.factor) == ("random", 10, None)


def test_a_typed_objective_has_its_own_direction(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text('objective = "val_accuracy"\ndirection = "max"\n', "utf-8")
    settings = chosen_settings(file, {"objective": "val_loss"})
    assert (settings.objective, settings.direction) == ("val_loss", "min")
