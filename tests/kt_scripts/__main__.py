"""Run each script by KerasTuner and by us, with one line changed, over five seeds: `python tests/kt_scripts`."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from beside import compared, scripts, table

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=scripts(), help="scripts, all by default")
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    print(table([compared(name, range(chosen.seeds)) for name in chosen.names]))
