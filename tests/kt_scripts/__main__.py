"""Run the scripts here: `python tests/kt_scripts` beside KerasTuner, over five seeds; `--kill` with a kill each."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from beside import HEADING, ScriptError, compared, line, scripts
from killed import killed


def main() -> int:
    """Print a line a script as soon as it is known; the exit code is 1 if a killed script ended otherwise."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=scripts(), help="scripts, all by default")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kill", action="store_true", help="kill each by us in the middle and run it again")
    chosen = parser.parse_args()
    if chosen.kill:
        return _kill_all(chosen.names)
    print(HEADING, flush=True)
    for name in chosen.names:
        print(line(compared(name, range(chosen.seeds))), flush=True)
    return 0


def _kill_all(names: list[str]) -> int:
    different = 0
    for name in names:
        try:
            found = killed(name)
            different += bool(found.differences)
            print(found, flush=True)
        except ScriptError as error:
            different += 1
            print(f"{name}: {error}", flush=True)
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
