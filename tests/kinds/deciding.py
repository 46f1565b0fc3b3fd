"""Compare a kind of model, and again with fresh seeds where the first leave a doubt."""

import sys

from catalogue import Kind, Outcome
from figures import is_noise, row

from keras_search.tuner.training.runtime import prepare

MORE = 3
"""How many times as many seeds decide."""


def decide(kind: Kind, seeds: int) -> Outcome:
    """Compare a kind with some seeds, and with others where its interval leaves out 0."""
    prepare(1)
    from beside import compare  # imports TensorFlow

    outcome = compare(kind, range(seeds))
    if outcome.fault or is_noise(outcome):
        return outcome
    print(f"in doubt: {row(outcome)}", file=sys.stderr, flush=True)
    return compare(kind, range(seeds, seeds * (1 + MORE)))
