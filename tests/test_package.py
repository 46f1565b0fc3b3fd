"""The package as it is installed."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def listed_packages() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return set(settings["tool"]["setuptools"]["packages"])


def tracked_files() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_every_folder_with_an_init_is_listed() -> None:
    folders = {str(Path(name).parent) for name in tracked_files() if Path(name).name == "__init__.py"}
    names = {"keras_search" if folder == "." else f"keras_search.{folder.replace('/', '.')}" for folder in folders}
    assert names == listed_packages()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy of the tracked files: setuptools takes over what an earlier build left beside them."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in tracked_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_a_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    packages = {name.replace(".", "/") for name in listed_packages()}
    assert {str(Path(name).parent).removesuffix("/templates").removesuffix("/static") for name in names} <= packages
    expected = {
        f"keras_search/{name}"
        for name in tracked_files()
        if (
            name.endswith(".py")
            and name.split("/")[0] in {"tuner", "models", "kt", "cli.py", "errors.py", "__init__.py", "__main__.py"}
        )
        or "/templates/" in name
        or name.startswith("tuner/service/static/")
        or name == "py.typed"
    }
    assert set(names) == expected


def test_the_installed_wheel_works_beside_a_users_own_modules(wheel: Path, tmp_path: Path) -> None:
    """A folder with its own models.py, tuner.py and cli.py must not shadow ours, nor ours theirs."""
    site, work = tmp_path / "site", tmp_path / "work"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    work.mkdir()
    for name in ("models", "tuner", "cli"):
        (work / f"{name}.py").write_text(f"OWNER = 'the user, {name}'\n", encoding="utf-8")
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import models, tuner, cli;"
        "import keras_search.cli, keras_search.models; print(models.OWNER, keras_search.models.__file__)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=work, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("the user, models")
    assert str(site) in done.stdout


@pytest.mark.parametrize("file", ["constraints.txt", "pyproject.toml"])
def test_no_address_is_in_the_dependencies(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert "@ file" not in text
