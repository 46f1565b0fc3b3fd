"""Compare a model with itself: a hypermodel in which everything is fixed to `mlp-128-64`, in twenty studies.

Nothing can be won, so a verdict other than "not proven" is a false alarm, and of twenty at the 5% level one is to
be expected. Prints each study's figures; the exit code is 0 only if at least 19 are "not proven". Run it by hand:
it takes minutes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

COMMAND = Path(sys.executable).with_name("keras-search")
STUDIES = 20
ALLOWED_ALARMS = 1
HYPERMODEL = """
import keras


def build(hp):
    model = keras.Sequential([
        keras.Input((8, 8)),
        keras.layers.Flatten(),
        keras.layers.Dense(hp.Fixed("units_1", 128), "relu"),
        keras.layers.Dense(hp.Fixed("units_2", 64), "relu"),
        keras.layers.Dense(10, "softmax"),
    ])
    hp.Fixed("batch_size", 32)
    model.compile(keras.optimizers.Adam(hp.Fixed("learning_rate", 0.001)), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    return model
"""


def main() -> int:
    """Run the studies one after another, give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=STUDIES)
    studies = parser.parse_args().studies
    with tempfile.TemporaryDirectory(prefix="keras-search-null-") as folder:
        (Path(folder) / "same.py").write_text(HYPERMODEL)
        verdicts = [_verdict(Path(folder), seed) for seed in range(studies)]
    alarms = sum(verdict != "not proven" for verdict in verdicts)
    print(f"{studies - alarms} of {studies} studies of a model against itself: not proven")
    return 0 if alarms <= ALLOWED_ALARMS else 1


def _verdict(folder: Path, seed: int) -> str:
    name = f"null-{seed}"
    what = ("--hypermodel", "same.py:build", "--tuner", "grid", "--max-epochs", "10", "--seed", str(seed), "--quiet")
    subprocess.run([COMMAND, "start", name, *what], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found = json.loads((folder / "reports" / name / "verdict.json").read_text(encoding="utf-8"))
    low, high = (100 * end for end in found["interval"])
    print(
        f"seed {seed}: {found['verdict']}, {100 * found['difference']:+.2f} points ({low:+.2f} to {high:+.2f})",
        flush=True,
    )
    return str(found["verdict"])


if __name__ == "__main__":
    sys.exit(main())
