"""Train many kinds of models beside `model.fit` on the same arrays, and say where the results differ.

Each kind of `catalogue.py` is trained with several seeds both ways; it is also surveyed, kept, loaded again and
evaluated. Where the 95% interval (Welch) of the difference leaves out 0, as one of twenty does by chance, fresh seeds,
three times as many, decide. Prints a table; the exit code is 0 only if all differences are within noise. Run it by
hand: it takes minutes.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Iterator
from functools import partial

from catalogue import KINDS, Kind, Outcome
from deciding import decide
from figures import HEADER, is_noise, row

SEEDS = 5


def main() -> int:
    """Compare the kinds whose titles or hypermodels hold the given words, give the exit code."""
    parser = argparse.ArgumentParser(prog="tests/kinds", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="which kinds; all where left out")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    kinds = [
        kind for kind in KINDS if not given.words or any(w in f"{kind.title} {kind.hypermodel}" for w in given.words)
    ]
    print(HEADER, flush=True)
    good = 0
    for outcome in _outcomes(kinds, given.seeds, given.processes):
        print(row(outcome), flush=True)
        good += is_noise(outcome)
    print(f"\n{good} of {len(kinds)} kinds of models: within noise of model.fit")
    return 0 if good == len(kinds) else 1


def _outcomes(kinds: list[Kind], seeds: int, processes: int) -> Iterator[Outcome]:
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=8) as pool:
        yield from pool.imap(partial(decide, seeds=seeds), kinds)


if __name__ == "__main__":
    sys.exit(main())
