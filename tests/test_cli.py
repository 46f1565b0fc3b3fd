"""The command line, as a user meets it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Answer = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = Path(sys.executable).with_name("keras-search")


def run(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([COMMAND, *arguments], cwd=folder, capture_output=True, text=True)


def test_help_imports_neither_tensorflow_nor_keras_tuner(tmp_path: Path) -> None:
    program = (
        "import sys; from keras_search import cli; sys.argv = ['keras-search', 'start', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit: print(sorted("
        "{'tensorflow', 'keras', 'keras_tuner', 'matplotlib', 'sklearn', 'scipy', 'pandas', 'numpy'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tuner", "genetic"],
         "Error: --tuner must be one of hyperband, random, bayesian, grid, received 'genetic'.\n"),
        (["--max-epochs", "many"], "Error: --max-epochs must be a whole number, received 'many'.\n"),
        (["--max-epochs", "0"], "Error: --max-epochs must be at least 1, received 0.\n"),
        (["--tuner", "random", "--max-trials", "-3"], "Error: --max-trials must be at least 1, received -3.\n"),
        (["--max-trials", "3"], "Error: --max-trials applies to --tuner random or bayesian or grid, not to hyperband."),
        (["--batch-trials", "2"], "Error: --batch-trials applies to --tuner bayesian, not to hyperband."),
        (["--max-minutes", "0"], "Error: --max-minutes must be above 0, received 0.\n"),
        (["--validation-split", "1"], "Error: --validation-split must lie between 0 and 1, received 1.\n"),
        (["--workers", "none"], "Error: --workers must be auto or a number of at least 1, received 'none'.\n"),
        (["--objective", "val_magic"],
         "Error: The name 'val_magic' does not say whether higher or lower is better: add --direction max or min.\n"),
        (["--hypermodel", "transformer"],
         "Error: --hypermodel must be one of mlp, lr-batch, cnn, or FILE.py:FUNCTION or package.module:CLASS, received "
         "'transformer'.\n"),
        (["--baseline", "resnet"],
         "Error: --baseline must be one of mlp-128-64, mlp-bn-dropout, dense-relu, mlp-256-128-64, ann-128, dnn-bn, "
         "defaults or all, received 'resnet'.\n"),
        (["--baseline", "ann-128", "--baseline", "ann-128"],
         "Error: --baseline must name at least one baseline, and each only once, received ann-128, ann-128.\n"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_one_line_and_exit_code_2(
    tmp_path: Path, answer: Answer, arguments: list[str], message: str
) -> None:
    done = answer("start", "x", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_users_file_that_exits_has_its_say(tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keras_search.tuner.training.runtime.prepare", lambda _: None)  # TensorFlow runs here already
    (tmp_path / "mine.py").write_text("import sys\nsys.exit('Set DATA_DIR first.')\ndef build(hp): ...\n")
    done = answer("space", "mine.py:build")
    assert (done.returncode, done.stderr) == (1, "Set DATA_DIR first.\n")


@pytest.mark.parametrize("name", ["a/b", "..", "-x", "", "a" * 101, "ä"])
def test_a_name_that_is_no_folder_name_is_refused(tmp_path: Path, answer: Answer, name: str) -> None:
    done = answer("start", "--", name)
    assert done.returncode == 2
    assert "A study's name is made of letters, digits, '.', '_' and '-'" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["resume", "show", "report"])
def test_an_unknown_study_is_named(answer: Answer, command: str) -> None:
    done = answer(command, "mnst")
    assert done.returncode == 2
    expected = "Error: No study named 'mnst'. There are no studies in studies. Start one: keras-search start mnst\n"
    assert done.stderr == expected


def test_list_without_studies_says_how_to_start_one(answer: Answer) -> None:
    done = answer("list")
    assert (done.returncode, done.stdout) == (0, "There are no studies in studies. Start one: keras-search start\n")
    assert answer("list", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("mnits", "Error: Unknown dataset 'mnits'. Did you mean 'mnist'? "),
        ("nothing/here.npz", "nothing/here.npz"),
    ],
)
def test_a_wrong_dataset_leaves_nothing_behind(tmp_path: Path, answer: Answer, dataset: str, message: str) -> None:
    done = answer("start", "x", "--dataset", dataset)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "studies" / "x").exists()


def test_the_installed_command_tells_its_version(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout.startswith("keras-search 0.")


def test_space_shows_what_a_file_would_search(tmp_path: Path) -> None:
    """What the file prints stays out of the JSON."""
    example = Path(__file__).resolve().parents[1] / "examples" / "tailored_space.py"
    (tmp_path / "mine.py").write_text(f"print('hello')\n{example.read_text(encoding='utf-8')}", encoding="utf-8")
    done = run("space", "mine.py:TailoredNetwork", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["combinations"] == 36
    assert done.stderr == "hello\n"


@pytest.mark.parametrize("command", [["start", "x", "--hypermodel"], ["space"]])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Error: --hypermodel mine.py could not be read: No such file or directory.\n"),
        ("def build(hp:\n", "Error: mine.py, line 1: '(' was never closed. Correct it and start again.\n"),
        ("def other(hp): ...\n", "Error: mine.py has no 'build'. It defines other.\n"),
    ],
)
def test_a_file_that_cannot_be_a_hypermodel_is_one_line(
    tmp_path: Path, answer: Answer, command: list[str], content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "mine.py").write_text(content, encoding="utf-8")
    done = answer(*command, "mine.py:build")
    assert (done.returncode, done.stderr) == (2, message)
    assert {path.name for path in tmp_path.iterdir()} <= {"mine.py"}


def test_an_error_of_the_users_code_shows_its_own_frames_and_leaves_nothing(tmp_path: Path, answer: Answer) -> None:
    (tmp_path / "mine.py").write_text("def build(hp):\n    return deeper()\ndef deeper():\n    return 1 / 0\n", "utf-8")
    done = answer("start", "x", "--hypermodel", "mine.py:build", "--workers", "1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-7:] == [
        f'  File "{tmp_path}/mine.py", line 2, in build',
        "    return deeper()",
        "           ^^^^^^^^",
        f'  File "{tmp_path}/mine.py", line 4, in deeper',
        "    return 1 / 0",
        "           ~~^~~",
        "Error: ZeroDivisionError: division by zero",
    ]
    assert {path.name for path in tmp_path.iterdir()} <= {"mine.py", "__pycache__"}


def test_init_writes_a_file_that_start_takes(tmp_path: Path, answer: Answer) -> None:
    """A wrong value in it is found, so it is read; what the command line says comes first."""
    assert answer("init").stdout.startswith("Wrote study.toml. Change what you like and start: ")
    file = tmp_path / "study.toml"
    file.write_text(file.read_text("utf-8").replace('tuner = "hyperband"', 'tuner = "genetic"'), "utf-8")
    done = answer("start", "--config", "study.toml")
    message = "Error: --tuner must be one of hyperband, random, bayesian, grid, received 'genetic'.\n"
    assert (done.returncode, done.stderr) == (2, message)
    done = answer("start", "--config", "study.toml", "--tuner", "random", "--max-trials", "0")
    assert (done.returncode, done.stderr) == (2, "Error: --max-trials must be at least 1, received 0.\n")


@pytest.mark.parametrize("place", [0, 2])
def test_debug_shows_the_traceback_wherever_it_is_written(tmp_path: Path, place: int) -> None:
    arguments = ["show", "mnst"]
    arguments.insert(place, "--debug")
    done = run(*arguments, folder=tmp_path)
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.splitlines()[-1].startswith(
        "keras_search.tuner.study.folder.UnknownStudyError: No study named 'mnst'."
    )
