"""Write the hypermodel of one benchmark as a user's own file, which all sides load."""

from pathlib import Path

FUNCTION = "build"
FILE = '''"""The hypermodel mlp with its batch size fixed; written by the benchmark."""

from keras_search.models import HYPERMODELS, Problem
from keras_search.models.problem import Target

DIGIT = Target(class_names=tuple("0123456789"))
PROBLEM = Problem(input_shape=(28, 28), targets=(DIGIT,), fit_examples={examples}, epochs={epochs})


def {function}(hp):
    hp.Fixed("batch_size", {batch_size})
    return HYPERMODELS["mlp"](PROBLEM)(hp)
'''


def write(path: Path, examples: int, epochs: int, batch_size: int) -> None:
    """Write the file for so many examples to fit and so many epochs of the full budget."""
    text = FILE.format(examples=examples, epochs=epochs, batch_size=batch_size, function=FUNCTION)
    path.write_text(text, encoding="utf-8")
