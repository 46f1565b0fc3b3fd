"""The kinds of models that are compared: what each is, where its code and its data are, and how long it is trained."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

GUIDES = Path(__file__).with_name("guides")


@dataclass(frozen=True)
class Kind:
    """`hypermodel` is `FILE:FUNCTION` and `data` a function of `data.py`; `metric` is that of the validation part."""

    title: str
    hypermodel: str
    data: str
    epochs: int = 8
    metric: str = "accuracy"
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def paths(self) -> dict[str, str]:
        """Give hypermodel and data set as the command line names them."""
        file, name = self.hypermodel.split(":")
        return {"hypermodel": f"{GUIDES / file}.py:{name}", "dataset": f"{GUIDES / 'data.py'}:{self.data}"}


@dataclass(frozen=True)
class Outcome:
    """The metrics of the last epoch by seed, `(n_seeds, 2)`: the kind's own metric and the loss, on validation.

    `way` is how we trained it, `seconds` the wall time of `model.fit` and ours, `fault` what was raised.
    """

    kind: Kind
    way: str
    by_keras: Array
    by_us: Array
    seconds: tuple[float, float]
    fault: str = ""


ROWS = (
    Kind("dense Sequential", "rows:dense", "digit_rows"),
    Kind("dense, batch normalization, dropout, logits", "rows:batch_norm_dropout", "digit_rows"),
    Kind("Sequential without an input", "rows:unbuilt", "digit_rows"),
    Kind("functional, skips, layer normalization", "rows:skips", "digit_rows"),
    Kind("subclass without build", "rows:subclass", "digit_rows"),
    Kind("own train_step", "rows:own_step", "digit_rows"),
    Kind("distillation, own compile and compute_loss", "rows:distilled", "digit_rows"),
    Kind("keras.ops between layers", "rows:ops_inside", "digit_rows"),
    Kind("Normalization adapted in build, float64", "rows:normalized", "cancer"),
    Kind("group, layer, unit normalization", "rows:groups", "digit_rows"),
    Kind("SpectralNormalization", "rows:spectral", "digit_rows"),
    Kind("GaussianNoise, GaussianDropout", "rows:noise", "digit_rows", 10),
    Kind("SELU, AlphaDropout", "rows:self_normalizing", "digit_rows", 10),
    Kind("L1, L2, activity penalty, MaxNorm", "rows:penalties", "digit_rows", 10),
    Kind("own layer with a state", "rows:state", "digit_rows"),
    Kind("layer that Keras cannot write down", "rows:unwritable", "digit_rows"),
    Kind("transfer: a frozen part", "rows:frozen", "digit_rows", 10),
    Kind("mixture of experts", "rows:experts", "digit_rows"),
    Kind("wide and deep, columns by name", "rows:wide_and_deep", "persons", 10),
    Kind("StringLookup, IntegerLookup, CategoryEncoding", "rows:lookups", "persons", 10),
    Kind("two inputs, two outputs, loss_weights", "rows:two_of_each", "two_of_each", 8, "side_accuracy"),
)
PICTURES = (
    Kind("Conv2D on uint8, Rescaling", "pictures:rescaled", "digit_images", 6),
    Kind("augmentation layers", "pictures:augmented", "digit_images", 10),
    Kind("residual blocks, batch normalization", "pictures:residual", "digit_images", 8),
    Kind("separable, depthwise, SpatialDropout", "pictures:separable", "digit_images", 8),
    Kind("autoencoder, transposed convolutions", "pictures:autoencoder", "digit_copies", 8, "mae"),
    Kind("U-Net, a label a pixel", "pictures:u_net", "masks", 5),
    Kind("vision transformer", "pictures:vision_transformer", "digit_images", 8),
    Kind("Conv1D", "pictures:signals", "waves", 8),
    Kind("WaveNet, causal and dilated", "pictures:dilated", "waves", 8),
    Kind("Conv3D", "pictures:solid", "volumes", 4),
    Kind("ConvLSTM2D", "pictures:frames", "films", 10),
    Kind("TimeDistributed", "pictures:each_frame", "films", 6),
    Kind("siamese, shared layers, contrastive loss", "pictures:siamese", "digit_pairs", 10),
    Kind("KerasTuner's HyperXception", "pictures:hyper_xception", "textures", 4),
)
SEQUENCES = (
    Kind("LSTM, float64 of different scale", "sequences:lstm", "sensors", 6),
    Kind("Bidirectional LSTM with dropout", "sequences:bidirectional", "waves", 8),
    Kind("SimpleRNN under GRU", "sequences:stacked", "waves", 8),
    Kind("RNN with an own cell", "sequences:own_cell", "waves", 10),
    Kind("GRU on tokens, mask_zero", "sequences:masked", "tokens", 6),
    Kind("Embedding, pooling", "sequences:pooled", "tokens", 6),
    Kind("transformer block, MultiHeadAttention", "sequences:transformer", "tokens", 6),
    Kind("tagger, a label a token", "sequences:tagger", "tagged", 8),
    Kind("TextVectorization, strings", "sequences:strings", "reviews", 6),
    Kind("TextVectorization, tf-idf of bigrams", "sequences:word_counts", "reviews", 6),
    Kind("forecast of four steps, float64", "sequences:forecast", "series", 6, "mae"),
    Kind("encoder, decoder, forecast", "sequences:one_after_the_other", "series", 6, "mae"),
)
RECIPES = (
    Kind("CategoricalCrossentropy(name=...), one-hot", "recipes:smoothed", "digit_rows_one_hot"),
    Kind("own loss on one-hot", "recipes:own_loss", "digit_rows_one_hot"),
    Kind("own loss class on one-hot", "recipes:loss_class", "digit_rows_one_hot"),
    Kind("own loss on logits, one column", "recipes:own_logits", "cancer_scaled", 6),
    Kind("BinaryFocalCrossentropy", "recipes:focal", "cancer_scaled", 6),
    Kind("Huber, R2Score on (n, 1)", "recipes:huber", "curve", 8, "r2"),
    Kind("LogCosh", "recipes:log_cosh", "curve", 8, "mae"),
    Kind("own quantile loss, own metric", "recipes:quantile", "curve", 8, "loss"),
    Kind("own metric class on (n,)", "recipes:own_metric", "diabetes", 20, "loss"),
    Kind("several values", "recipes:columns", "curves", 10, "mae"),
    Kind("several labels at once, AUC, precision, recall", "recipes:several_labels", "several_labels", 8, "auc"),
    Kind("class_weight", "recipes:rare", "rare", 8, "recall", {"class_weight": {"0": 1, "1": 8}}),
    Kind("sample_weight, weighted_metrics", "recipes:weighted", "digit_rows_weighted", 5, "weighted_accuracy"),
    Kind("variational autoencoder, add_loss", "recipes:variational", "flat_copies", 10, "mae"),
    Kind("Lambda that reads self", "recipes:FromSelf", "digit_rows"),
    Kind("own fit", "recipes:OwnFit", "digit_rows", 8),
    Kind("ExponentialDecay, clipnorm", "recipes:exponential", "digit_rows"),
    Kind("CosineDecay, AdamW, average of weights", "recipes:averaged", "digit_rows"),
    Kind("Nadam, gradient accumulation, weight decay", "recipes:accumulated", "digit_rows"),
    Kind("SGD, Nesterov, global_clipnorm", "recipes:momentum", "digit_rows"),
    Kind("mixed precision, LossScaleOptimizer", "recipes:mixed", "digit_rows"),
    Kind("run_eagerly", "recipes:eager", "digit_rows", 4),
)
KINDS = (*ROWS, *PICTURES, *SEQUENCES, *RECIPES)
