"""Find examples that are the same to the last bit: in both parts, several times, or with different labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.oddity import Oddity, plural, quoted
from keras_search.tuner.data.pieces import pieces
from keras_search.tuner.data.tree import Array, Labels, leaves

HASHED = 2**22
"""Numbers of an array that are hashed at once."""
GRAVE_SHARE = 0.01
"""Copies that make up at least this share of the examples are a serious problem."""


@dataclass(frozen=True)
class Copies:
    """The groups of equal examples: `group` `(n_train + n_test,)` numbers them, the training part first."""

    group: Labels
    train: int

    @property
    def test(self) -> int:
        """The number of test examples."""
        return len(self.group) - self.train

    @property
    def repeated(self) -> int:
        """The number of training examples that repeat an earlier one."""
        return self.train - len(np.unique(self.group[: self.train]))

    @property
    def shared(self) -> int:
        """The number of test examples that are also in the training part."""
        return int(np.isin(self.group[self.train :], self.group[: self.train]).sum())

    def contradictory(self, labels: Labels) -> npt.NDArray[np.bool_]:
        """Mark the examples that equal another one with another label."""
        groups = int(self.group.max()) + 1
        lowest, highest = np.full(groups, labels.max()), np.full(groups, labels.min())
        np.minimum.at(lowest, self.group, labels)
        np.maximum.at(highest, self.group, labels)
        contradicted: npt.NDArray[np.bool_] = (lowest != highest)[self.group]
        return contradicted

    def where(self, index: int) -> str:
        """Name an example by its index in its part."""
        return f"training example {index}" if index < self.train else f"test example {index - self.train}"


def find_copies(dataset: Dataset, *, sides: str = "x") -> Copies:
    """Compare all examples of both parts by their inputs, or with `sides` "xy" by their labels as well."""
    parts = [_arrays(dataset, part, sides) for part in ("train", "test")]
    types = {name: np.result_type(array, parts[1][name]) for name, array in parts[0].items()}
    prints = [fingerprints(list(part.values()), [types[name] for name in part]) for part in parts]
    _, group = np.unique(np.concatenate(prints), return_inverse=True)
    return Copies(group.astype(np.int64), len(prints[0]))


def fingerprints(arrays: Sequence[Array], types: Sequence[npt.DTypeLike]) -> npt.NDArray[np.uint64]:
    """Hash each example of arrays `(n, ...)`, `(n,)`, converted to `types`.

    Two of 100,000 agree by chance with a probability of 3e-10.

    All examples are mixed word by word at once, by a multiplication and a shift as in splitmix64 (Steele, Lea and
    Flood 2014, "Fast Splittable Pseudorandom Number Generators").
    """
    found = np.zeros(len(arrays[0]) if arrays else 0, np.uint64)
    for array, dtype in zip(arrays, types, strict=True):
        for place in pieces(array, HASHED):
            _mix(found[place], np.asarray(array[place], dtype))
    return found


def _mix(found: npt.NDArray[np.uint64], array: Array) -> None:
    """Mix the words of each example of an array into its hash."""
    for column in _words(array).T:
        found ^= column
        found *= np.uint64(0xBF58476D1CE4E5B9)
        found ^= found >> np.uint64(27)
        found *= np.uint64(0x94D049BB133111EB)
        found ^= found >> np.uint64(31)


def odd_copies(dataset: Dataset) -> Iterator[Oddity]:
    """Find what is odd about equal examples, which are common in tables."""
    copies = find_copies(dataset)
    yield from odd_tests(copies)
    if dataset.target.classifies:
        yield from _odd_labels(dataset, copies)
    yield from _odd_rows(find_copies(dataset, sides="xy")) if dataset.columns else _odd_repeats(copies)


def odd_tests(copies: Copies) -> Iterator[Oddity]:
    """Find test examples that are in the training part."""
    if copies.shared:
        share = copies.shared / copies.test
        what = f"{copies.shared:,} of {copies.test:,} test examples ({share:.2%}) are also in the training part."
        advice = "Remove them from the training part: models must be tested on examples that they have never seen."
        yield Oddity(_weight(share), what, advice)


def _odd_repeats(copies: Copies) -> Iterator[Oddity]:
    """Find repeated training examples."""
    if copies.repeated:
        share, splits = copies.repeated / copies.train, "validation split" if copies.test else "splits"
        what = f"{_training_examples(copies)} another."
        advice = f"Remove the copies: on both sides of the {splits}, they make models look better than they are."
        yield Oddity("note" if copies.test else _weight(share), what, advice)


def _odd_rows(copies: Copies) -> Iterator[Oddity]:
    """Find repeated rows of a table, which may be equal by chance if columns hold few values."""
    if copies.repeated:
        what = f"{_training_examples(copies)} another, target included."
        yield Oddity("note", what, "Remove rows that were written twice; rows that are equal by chance may stay.")


def _training_examples(copies: Copies) -> str:
    verb = "repeats" if copies.repeated == 1 else "repeat"
    return f"{plural(copies.repeated, 'training example')} ({copies.repeated / copies.train:.2%}) {verb}"


def _odd_labels(dataset: Dataset, copies: Copies) -> Iterator[Oddity]:
    """Find equal examples with different labels."""
    labels = np.concatenate([leaves(y)[dataset.target.name] for y in (dataset.y_train, dataset.y_test)])
    found = np.flatnonzero(copies.contradictory(labels))
    if not len(found):
        return
    same = found[copies.group[found] == copies.group[found[0]]]
    pair = (int(same[0]), int(same[labels[same] != labels[same[0]]][0]))
    first, second = (f"{copies.where(index)} ({quoted(dataset.class_names[labels[index]])})" for index in pair)
    what = f"{len(found):,} examples equal one of another class, such as {first} and {second}."
    columns = ", add columns that distinguish them," if dataset.columns else ""
    advice = f"Correct the labels{columns} or remove the examples: no model can get both right."
    yield Oddity("note" if dataset.columns else _weight(len(found) / len(labels)), what, advice)


def _arrays(dataset: Dataset, part: str, sides: str) -> dict[str, Array]:
    """Return all arrays of a part by name."""
    trees = {side: leaves(getattr(dataset, f"{side}_{part}")) for side in sides}
    return {f"{side} {name}": array for side, tree in trees.items() for name, array in tree.items()}


def _words(array: Array) -> npt.NDArray[np.uint64]:
    """Return the bytes of each example as words of 64 bits, `(n, words)`; the last is filled up with zeros."""
    width = int(np.prod(array.shape[1:]))
    content = np.ascontiguousarray(array).reshape(len(array), width).view(np.uint8)
    padded = np.pad(content, ((0, 0), (0, -content.shape[1] % 8)))
    return padded.view(np.uint64)


def _weight(share: float) -> Literal["bad", "note"]:
    return "bad" if share >= GRAVE_SHARE else "note"
