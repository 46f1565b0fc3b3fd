"""The short soak on Ray: nodes and searches killed, on a cluster of three nodes on this machine."""

import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).with_name("ray_soak.py")


@pytest.mark.long
def test_searches_whose_nodes_are_killed_end_with_the_bytes_of_local_workers() -> None:
    """Two nodes and one search process are killed without grace; `make soak-ray` kills twenty and ten."""
    command = [sys.executable, SOAK, "--short", "--nodes", "2", "--drivers", "1"]
    soak = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    result = soak.stdout.splitlines()[-1]
    assert result.startswith("3 kills, 1 resumes, "), soak.stdout
    assert result.endswith("0 differing files, 0 studies lost"), soak.stdout
    assert soak.returncode == 0
