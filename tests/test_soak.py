"""The short soak: one study killed at each instant of particular danger ends as if nothing had happened."""

import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).with_name("soak.py")


@pytest.mark.slow
def test_a_study_killed_at_every_dangerous_instant_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """Thirteen kills of Hyperband searches with two workers, against the uninterrupted one with one worker.

    It has another name and is in another folder, so that neither these nor the number of workers decide anything.
    """
    soak = subprocess.run([sys.executable, SOAK, "--folder", tmp_path], stdout=subprocess.PIPE, text=True, check=False)
    *kills, result = soak.stdout.splitlines()
    assert len(kills) == 13, soak.stdout
    assert result.startswith("13 kills, 13 resumes, 3 studies finished, "), soak.stdout
    assert result.endswith("0 differing files, 0 studies lost"), soak.stdout
    assert soak.returncode == 0
