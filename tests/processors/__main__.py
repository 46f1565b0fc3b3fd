"""Run small searches as on other kinds of processors, and compare the bytes of their results.

    python tests/processors [SEARCH ...]

Each search is run on this processor, and again by libraries that are told of a narrower one. Prints a line a search;
the exit code is 1 if a byte differs. It takes a quarter of an hour, and some minutes more where the kernels are not yet
compiled. With `--record FILE` it writes epochs of every kind of layer and loss instead, for `replay.py` elsewhere.
"""

import argparse
import os
import pickle
import runpy
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import pytest
from machines import MACHINES
from searches import SEARCHES, run

EPOCHS = Path(__file__).parents[1] / "tuner" / "training" / "kernels" / "test_widths.py"


def main() -> int:
    """Compare the searches of the given names, give the exit code."""
    parser = argparse.ArgumentParser(prog="tests/processors", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SEARCHES), metavar="SEARCH", help=", ".join(SEARCHES))
    parser.add_argument("--record", type=Path, metavar="FILE", help="write epochs there instead")
    given = parser.parse_args()
    return _record(given.record) if given.record else _compare(given.names)


def _record(file: Path) -> int:
    """Write the epochs of `test_widths`."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        file.write_bytes(pickle.dumps(runpy.run_path(str(EPOCHS))["recorded"](monkeypatch)))
    return 0


def _compare(names: list[str]) -> int:
    machines = [machine for machine in MACHINES if machine.is_narrower]
    different = 0
    for name in names:
        with tempfile.TemporaryDirectory() as place:
            expected = run(name, Path(place) / "here", dict(os.environ))
            for number, machine in enumerate(machines):
                found = run(name, Path(place) / str(number), os.environ | machine.environment)
                wrong = [file for file in sorted(expected | found) if expected.get(file) != found.get(file)]
                different += bool(wrong)
                files = f"other bytes in {', '.join(wrong)}" if wrong else f"the same bytes in {len(found)} files"
                print(f"{name}, {machine.title}: {files}", flush=True)
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
