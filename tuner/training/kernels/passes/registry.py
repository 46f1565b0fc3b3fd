"""The passes of all layers that are compiled apart."""

from keras_search.tuner.training.kernels.apart import Comparison, Pass
from keras_search.tuner.training.kernels.losses.rare import RARE_LOSSES
from keras_search.tuner.training.kernels.optimizers.stepping import STEP_PASSES
from keras_search.tuner.training.kernels.passes.attending import ATTENTION_PASSES
from keras_search.tuner.training.kernels.passes.averaging import AVERAGE_PASSES
from keras_search.tuner.training.kernels.passes.calling import CALLING_PASSES
from keras_search.tuner.training.kernels.passes.channels import CHANNEL_PASSES
from keras_search.tuner.training.kernels.passes.combining import COMBINING_PASSES
from keras_search.tuner.training.kernels.passes.distorting import DISTORTION_PASSES
from keras_search.tuner.training.kernels.passes.dropping import DROPPING_PASSES
from keras_search.tuner.training.kernels.passes.formulas import FORMULA_PASSES
from keras_search.tuner.training.kernels.passes.gated import GATED_PASSES
from keras_search.tuner.training.kernels.passes.gathering import GATHERING_PASSES
from keras_search.tuner.training.kernels.passes.masking import MASKING_PASSES
from keras_search.tuner.training.kernels.passes.noising import NOISE_PASSES
from keras_search.tuner.training.kernels.passes.placing import PLACING_PASSES
from keras_search.tuner.training.kernels.passes.pooled import POOLED_PASSES
from keras_search.tuner.training.kernels.passes.powers import POWER_PASSES
from keras_search.tuner.training.kernels.passes.sequences import SEQUENCE_PASSES
from keras_search.tuner.training.kernels.passes.sharing import SHARING_PASSES
from keras_search.tuner.training.kernels.passes.transposing import TRANSPOSED_PASSES
from keras_search.tuner.training.kernels.passes.window_steps import WINDOW_PASSES

PASSES: dict[int, tuple[Pass | Comparison, ...]] = {
    **SEQUENCE_PASSES,
    **MASKING_PASSES,
    **AVERAGE_PASSES,
    **ATTENTION_PASSES,
    **WINDOW_PASSES,
    **POOLED_PASSES,
    **CHANNEL_PASSES,
    **TRANSPOSED_PASSES,
    **PLACING_PASSES,
    **DISTORTION_PASSES,
    **DROPPING_PASSES,
    **FORMULA_PASSES,
    **COMBINING_PASSES,
    **STEP_PASSES,
    **NOISE_PASSES,
    **CALLING_PASSES,
    **GATHERING_PASSES,
    **GATED_PASSES,
    **SHARING_PASSES,
    **POWER_PASSES,
    **RARE_LOSSES,
}
"""The forward passes by the kinds of layers, and the backward passes of those before which parameters may be."""
