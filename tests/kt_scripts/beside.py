"""Run a script by KerasTuner and by us, and set the best scores side by side."""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import mannwhitneyu

FOLDER = Path(__file__).parent
THEIRS, OURS = "import keras_tuner as kt", "from keras_search import kt"
NO_SCRIPTS = {"shared", "beside", "killed", "__main__", "test_scripts"}


class ScriptError(Exception):
    """Say what a script said before it failed."""


@dataclass(frozen=True)
class Result:
    """What one run of a script came to, and how many seconds it took."""

    best: float
    seconds: float
    output: str


@dataclass(frozen=True)
class Comparison:
    """The best scores and the seconds of a script's runs, ours and KerasTuner's, seed by seed."""

    name: str
    ours: tuple[Result, ...]
    theirs: tuple[Result, ...]

    @property
    def p_value(self) -> float:
        """The probability that two equal samples lie as far apart (Mann and Whitney, exact)."""
        ours, theirs = ([result.best for result in of] for of in (self.ours, self.theirs))
        return 1.0 if np.ptp([*ours, *theirs]) == 0 else float(mannwhitneyu(ours, theirs).pvalue)


def scripts() -> list[str]:
    """Name the scripts."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NO_SCRIPTS)


def place_script(name: str, ours: bool, folder: Path) -> None:
    """Write a script into a folder, with its one line changed for us."""
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    assert text.count(THEIRS) == 1
    (folder / "shared.py").write_text((FOLDER / "shared.py").read_text("utf-8"), "utf-8")
    (folder / f"{name}.py").write_text(text.replace(THEIRS, OURS) if ours else text, "utf-8")


def command(name: str, seed: int) -> list[str]:
    """Return the command that runs a script in its folder."""
    return [sys.executable, "-W", "ignore", f"{name}.py", str(seed)]


def run_script(name: str, ours: bool, seed: int, folder: Path) -> Result:
    """Run a script in a folder, with its one line changed for us.

    Raises:
        ScriptError: it failed.
    """
    place_script(name, ours, folder)
    began = time.perf_counter()
    done = subprocess.run(command(name, seed), cwd=folder, capture_output=True, text=True, check=False)
    found = re.search(r"^RESULT (.*)$", done.stdout, re.MULTILINE)
    if done.returncode or found is None:
        raise ScriptError(f"{name}, {'ours' if ours else 'theirs'}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
    return Result(json.loads(found[1])["best"], time.perf_counter() - began, done.stdout)


def compared(name: str, seeds: Iterable[int]) -> Comparison:
    """Run a script by both on several seeds."""
    found: dict[bool, list[Result]] = {True: [], False: []}
    for seed in seeds:
        for ours, results in found.items():
            with tempfile.TemporaryDirectory() as folder:
                results.append(run_script(name, ours, seed, Path(folder)))
    return Comparison(name, tuple(found[True]), tuple(found[False]))


HEADING = """| script | ours | KerasTuner | p | seconds, ours | KerasTuner |
| --- | --- | --- | --- | --- | --- |"""


def line(each: Comparison) -> str:
    """Write a script's line: the mean best scores, how likely equal ones are to differ so, and the mean seconds."""
    scores = (f"{np.mean([r.best for r in of]):.4f}" for of in (each.ours, each.theirs))
    seconds = (f"{np.mean([r.seconds for r in of]):.0f}" for of in (each.ours, each.theirs))
    return f"| {each.name} | {' | '.join(scores)} | {each.p_value:.2f} | {' | '.join(seconds)} |"
