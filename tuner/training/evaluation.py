"""Measure a retrained model on the test split."""

from typing import Any

import keras

from keras_search.tuner.data import Splits, open_splits
from keras_search.tuner.data.tree import Examples, fit_types
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import COMPILED_LOSS
from keras_search.tuner.study.store import to_bytes
from keras_search.tuner.system import faults
from keras_search.tuner.system.ownership import check_file
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.engine import KERNELS, measured_by_kernels, predict
from keras_search.tuner.training.model_files import load_weights
from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.outputs import compared, evaluated, is_measurable, measured, with_probabilities


def evaluate(context: StudyContext, order: messages.Evaluate) -> messages.Evaluated:
    """Measure a retrained model on the test split by its compared output.

    Of the metrics that the model was compiled with, only those of other names are kept: its loss may differ from model
    to model, and its accuracy may take logits for probabilities. A model whose compared output is neither
    probabilities nor values has only its own metrics. What the kernels have trained they test: so the processor does
    not decide the last bits.
    """
    network = context.kept_networks.of(order.run, context.networks.build)
    splits = open_splits(context.folder.data, test=True)
    whole = with_probabilities(network.model, splits.targets)
    path = context.folder.kept_model(order.run.name)
    check_file(path, order.model)
    load_weights(whole, path)
    examples = network.examples(splits, "test")
    own = measured_by_kernels(network.model, examples, splits.target) if order.run.engine == KERNELS else None
    metrics, prediction = own or _by_tensorflow(network, whole, examples, splits)
    answer = b""
    if is_measurable(prediction, splits.target):
        metrics |= {COMPILED_LOSS: metrics["loss"]} if "loss" in metrics else {}
        metrics |= measured(prediction, splits.compared(splits.y_test), splits.target)
        answer = to_bytes(prediction)
    faults.point("before evaluated")
    return messages.Evaluated(order.run.name, metrics, answer)


def _by_tensorflow(
    network: Network, whole: keras.Model, examples: Examples, splits: Splits
) -> tuple[dict[str, float], Any]:
    prediction = compared(whole, predict(whole, fit_types(examples[0])), splits.targets)
    metrics = evaluated(network.model, examples, network.batch_size) if network.model.compiled else {}
    return metrics, prediction
