"""Split examples at random, as scikit-learn's `train_test_split` does, which takes a second to import."""

import numpy as np

from keras_search.tuner.data.tree import Array, Labels


def split_at_random(count: int, going: int, seed: int) -> tuple[Labels, Labels]:
    """Draw `going` of `count` places; return those that stay, and those that go, both in random order.

    Every seed gives the places that `train_test_split(range(count), test_size=going, random_state=seed)` does.
    """
    places = np.random.RandomState(seed).permutation(count)
    return places[going:], places[:going]


def split_by_class(labels: Labels, going: int, seed: int) -> tuple[Labels, Labels]:
    """Draw `going` of the places of `labels` `(n,)` so that the shares of the classes stay the same.

    Every seed gives the places that `train_test_split` does with `stratify=labels`. Each class has two examples.
    """
    chance = np.random.RandomState(seed)
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    staying_of = _shared_out(counts, len(labels) - going, chance)
    going_of = _shared_out(counts - staying_of, going, chance)
    members = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    stay, go = [], []
    for places, staying, leaving in zip(members, staying_of, going_of, strict=True):
        mixed = places[chance.permutation(len(places))]
        stay.append(mixed[:staying])
        go.append(mixed[staying : staying + leaving])
    return chance.permutation(np.concatenate(stay)), chance.permutation(np.concatenate(go))


def _shared_out(counts: Labels, total: int, chance: np.random.RandomState) -> Labels:
    """Return how many of `total` each class gets, in proportion to `counts`; chance decides between equal claims."""
    claims: Array = counts / counts.sum() * total
    given = np.floor(claims)
    left, rests = int(total - given.sum()), claims - given
    for rest in sorted(set(rests.tolist()), reverse=True):
        if left <= 0:
            break
        equal = np.flatnonzero(rests == rest)
        lucky = chance.choice(equal, size=min(left, len(equal)), replace=False)
        given[lucky] += 1
        left -= len(lucky)
    return given.astype(np.int64)
