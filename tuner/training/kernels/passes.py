"""The passes of all layers that are compiled apart."""

from keras_search.tuner.training.kernels.apart import Pass
from keras_search.tuner.training.kernels.averaging import AVERAGE_PASSES
from keras_search.tuner.training.kernels.channels import CHANNEL_PASSES
from keras_search.tuner.training.kernels.combining import COMBINING_PASSES
from keras_search.tuner.training.kernels.distorting import DISTORTION_PASSES
from keras_search.tuner.training.kernels.dropping import DROPPING_PASSES
from keras_search.tuner.training.kernels.formulas import FORMULA_PASSES
from keras_search.tuner.training.kernels.noising import NOISE_PASSES
from keras_search.tuner.training.kernels.placing import PLACING_PASSES
from keras_search.tuner.training.kernels.sequences import SEQUENCE_PASSES
from keras_search.tuner.training.kernels.stepping import STEP_PASSES
from keras_search.tuner.training.kernels.window_steps import WINDOW_PASSES

PASSES: dict[int, tuple[Pass, ...]] = {
    **SEQUENCE_PASSES,
    **AVERAGE_PASSES,
    **WINDOW_PASSES,
    **CHANNEL_PASSES,
    **PLACING_PASSES,
    **DISTORTION_PASSES,
    **DROPPING_PASSES,
    **FORMULA_PASSES,
    **COMBINING_PASSES,
    **STEP_PASSES,
    **NOISE_PASSES,
}
"""The forward passes by the kinds of layers, and the backward passes of those before which parameters may be."""
