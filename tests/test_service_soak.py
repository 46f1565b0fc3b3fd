"""The short soak of the service: killed at any instant, it loses no search and starts none twice."""

import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).with_name("service_soak.py")


@pytest.mark.slow
def test_a_service_that_is_killed_loses_nothing() -> None:
    """Four kills while searches run and wait, against the command line."""
    command = [sys.executable, SOAK, "--short", "--kills", "4"]
    soak = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert soak.stdout.splitlines()[-1].endswith("studies compared, 0 wrong"), soak.stdout
    assert soak.returncode == 0
