"""Find tokens that an embedding does not know in the parts of the data that a trial does not train on."""

from collections.abc import Iterator, Sequence

from keras_search.tuner.data import Dataset
from keras_search.tuner.data.tree import leaves, size
from keras_search.tuner.study.messages import Vocabulary


def unknown_tokens(vocabularies: Sequence[Vocabulary], dataset: Dataset) -> Iterator[str]:
    """Name the parts that hold tokens beyond an embedding's, one line each; no trial would fail on those of the test.

    The workers, which survey the model, have no test part.
    """
    parts = {"x_test": dataset.x_test} if dataset.x_val is None else {"x_val": dataset.x_val, "x_test": dataset.x_test}
    for name, x in parts.items():
        for known in vocabularies if size(x) else []:
            array = leaves(x).get(known.input, next(iter(leaves(x).values())))
            low, high = float(array.min()), float(array.max())
            if low < 0 or high >= known.tokens:
                yield (
                    f"{known.layer} knows the tokens from 0 to {known.tokens - 1:,}, but {name} ranges from {low:.6g} "
                    f"to {high:.6g}: TensorFlow refuses to look up the others."
                )
