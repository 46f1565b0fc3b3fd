"""Train recorded epochs again, on this processor or as on another, and compare what comes out with what was recorded.

    python tests/processors/replay.py FILE [NUMBER ...]

FILE is that of `python tests/processors --record FILE`; NUMBERs choose among its epochs. It takes NumPy, Numba and
filelock, not TensorFlow, so that it also runs where only an emulator does; the two machines must have the same version
of this package. For an Arm processor, emulated by QEMU for single programs, with an aarch64 Python in a folder ROOT:

    PYTHONPATH=FOLDER_OF_AARCH64_WHEELS:FOLDER_OF_THIS_PACKAGE qemu-aarch64-static -L ROOT ROOT/usr/bin/python3 \\
        tests/processors/replay.py FILE

Prints the vectors, and a line an epoch; the exit code is 1 if a byte differs. Compiling takes an emulator a quarter
of an hour.
"""

import hashlib
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np

from keras_search.tuner.system.cpu import MACHINE
from keras_search.tuner.training.kernels.apart import addresses_of
from keras_search.tuner.training.kernels.arrays import Memory
from keras_search.tuner.training.kernels.passes.registry import PASSES
from keras_search.tuner.training.kernels.steps import run

RESULTS = (*Memory._fields[:8], "told", "slots")
"""The results in the memory; scratch space, and what is packed by groups of rows, are none."""


def digests(memory: Memory, sums: Any) -> dict[str, str]:
    """Return the hash of each array that an epoch makes."""
    arrays = {name: getattr(memory, name) for name in RESULTS} | {"sums": sums}
    return {name: hashlib.sha256(np.ascontiguousarray(array)).hexdigest() for name, array in arrays.items()}


def main(file: str, *numbers: str) -> int:
    """Compare the epochs, give the exit code."""
    recorded = pickle.loads(Path(file).read_bytes())
    chosen = [int(number) for number in numbers] or range(len(recorded))
    print(MACHINE, flush=True)
    different = 0
    for number in chosen:
        (*call, apart), expected = recorded[number]
        run(*call, addresses_of(PASSES, set(apart.any(axis=1).nonzero()[0].tolist())))
        found = digests(*call[-2:])
        wrong = [name for name in found if found[name] != expected[name]]
        different += bool(wrong)
        print(f"epoch {number}: {'other bytes in ' + ', '.join(wrong) if wrong else 'the same bytes'}", flush=True)
    assert "tensorflow" not in sys.modules
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
