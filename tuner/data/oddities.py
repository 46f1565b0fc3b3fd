"""Find what is odd about a data set, and advise what to do."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from keras_search.tuner.data.column_oddities import odd_columns
from keras_search.tuner.data.copies import odd_copies
from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.examples import is_picture
from keras_search.tuner.data.facts import ClassCount, Column, Input, Output
from keras_search.tuner.data.fitness import unfit_for_builtin
from keras_search.tuner.data.oddity import Oddity, listed, of, plural, quoted
from keras_search.tuner.data.tree import Array, leaves, size

FEW = 10
"""The number of examples of a class below which little can be learned about it."""
MUCH = 10
"""A factor of this size or more is a large difference: of the examples of classes, of the widths of ranges."""


def find_oddities(
    dataset: Dataset, inputs: Sequence[Input], outputs: Sequence[Output], columns: Sequence[Column]
) -> tuple[Oddity, ...]:
    """List what is odd, the most serious first."""
    has_test = size(dataset.x_test) > 0
    reason = unfit_for_builtin(dataset)
    found = (
        *([] if reason is None else [Oddity("bad", reason, "Use your own hypermodel, or other data.")]),
        *(oddity for output in outputs for oddity in _odd_output(output, output is outputs[0], has_test)),
        *odd_copies(dataset),
        *(oddity for about in inputs for oddity in _odd_input(about, dataset)),
        *odd_columns(columns, size(dataset.x_train)),
        *dataset.notes,
    )
    return tuple(sorted(found, key=lambda oddity: oddity.weight != "bad"))


def _odd_output(output: Output, compared: bool, has_test: bool) -> Iterator[Oddity]:
    """Find constant values, and classes with few examples or with far more than others."""
    if not output.classes:
        if output.low == output.high:
            what = f"Every value{of(output.name)} to predict is {output.low:g}."
            yield Oddity("bad", what, "Nothing can be learned from it: check what is to be predicted.")
        return
    # Only the compared output must be on each side of every split.
    needed = (2 if has_test else 3) if compared else 1
    yield from _odd_counts(output, needed)
    # Classes with fewer than are needed are listed already.
    counted = [count for count in output.classes if count.train >= needed] or output.classes
    most, least = (choose(counted, key=lambda count: count.train) for choose in (max, min))
    if most.train >= MUCH * least.train:
        share = most.train / sum(count.train for count in output.classes)
        what = (
            f"Class {quoted(most.name)}{of(output.name)} has {plural(most.train, 'example')}, {quoted(least.name)} "
            f"{least.train:,}: always predicting {quoted(most.name)} is correct for {share:.1%}."
        )
        advice = "Compare accuracies with that, and look at each class in the report. "
        yield Oddity("note", what, f"{advice}To let the rare ones count as much: --class-weight balanced")
    absent = [quoted(count.name) for count in output.classes if has_test and not count.test]
    if absent:
        what = f"The test part has no example of {listed(absent)}{of(output.name)}."
        yield Oddity("note", what, "Add some: without them, nothing is measured there.")


def _odd_counts(output: Output, needed: int) -> Iterator[Oddity]:
    """Find classes with fewer examples than the splits need, and those with few."""
    scarce = [count for count in output.classes if count.train < needed]
    few = [count for count in output.classes if needed <= count.train < FEW]
    if scarce:
        uses = "train and validate" if needed == 2 else "train, validate and test"
        what = f"{_counted(scarce, output)}, {needed} are needed: one each to {uses} on."
        yield Oddity("bad", what, "Add examples, or leave out classes with so few.")
    if few:
        yield Oddity("note", f"{_counted(few, output)}.", "Add examples: little is learned from so few.")


def _counted(counts: Sequence[ClassCount], output: Output) -> str:
    if len(counts) == 1:
        return f"Class {quoted(counts[0].name)}{of(output.name)} has {plural(counts[0].train, 'example')}"
    each = listed([f"{quoted(count.name)} {count.train}" for count in sorted(counts, key=lambda count: count.train)])
    return f"{len(counts):,} classes{of(output.name)} have few examples ({each})"


def _odd_input(about: Input, dataset: Dataset) -> Iterator[Oddity]:
    """Find a test part on another scale, blank images, and constant places."""
    train, test = (leaves(x)[about.name] for x in (dataset.x_train, dataset.x_test))
    images, places, name = is_picture(about.kind), math.prod(about.shape), of(about.name)
    if len(test) and about.low is not None and about.high is not None:
        yield from _other_scale((about.low, about.high), (float(test.min()), float(test.max())), name)
    blank = _count_blank(train) if images else 0
    if blank:
        what = f"{plural(blank, 'training image')}{name} {'is' if blank == 1 else 'are'} blank, every pixel the same."
        yield Oddity("note", what, "Remove them, unless an empty image means something.")
    if about.constant > (places / 2 if images else 0):
        parts = "pixels" if images else "numbers"
        verb = "is" if about.constant == 1 else "are"
        what = f"{about.constant:,} of the {places:,} {parts}{name} {verb} the same in every training example."
        advice = "Crop the images to where they differ." if images else "Leave them out: they carry no information."
        yield Oddity("note", what, advice)


def _other_scale(train: tuple[float, float], test: tuple[float, float], name: str) -> Iterator[Oddity]:
    """Find a range of the test part that is many times wider or narrower than that of the training part."""
    wide, other = train[1] - train[0], test[1] - test[0]
    if wide > MUCH * other or other > MUCH * wide:
        ranges = [f"{low:g} to {high:g}" for low, high in (test, train)]
        what = f"The test part{name} ranges from {ranges[0]}, the training part from {ranges[1]}."
        yield Oddity("bad", what, "Scale both alike: models get both on the scale of the training part.")


def _count_blank(images: Array) -> int:
    places = tuple(range(1, images.ndim))
    return int(np.count_nonzero(images.min(axis=places) == images.max(axis=places)))
