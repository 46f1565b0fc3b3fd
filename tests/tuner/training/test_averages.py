"""A model whose optimizer averages its weights trains and ends as by one `model.fit`, whatever trains it."""

from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_search.tuner.data import load_dataset, open_splits, save_splits
from keras_search.tuner.session.preparing import splits_of
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training import engine, orders
from keras_search.tuner.training.averages import averages_weights, settle
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.own_fit import Watch, call

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
EPOCHS, WHOLE = 4, 200
"""A batch of all examples, so that their order is of no account."""

SGD, ADAM, SCALED = "sgd", "adam", "scaled adam"
HYPERMODEL = """
import keras
def build(hp):
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    return model
"""


def network(kind, frequency, eagerly=False):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(10, "softmax")])
    averages = {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": frequency}
    optimizer = keras.optimizers.SGD(0.1, **averages) if kind == SGD else keras.optimizers.Adam(0.01, **averages)
    optimizer = keras.optimizers.LossScaleOptimizer(optimizer) if kind == SCALED else optimizer
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=eagerly)
    return model


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    return (x[:WHOLE], y[:WHOLE]), (x[WHOLE:400], y[WHOLE:400])


@pytest.mark.parametrize(
    ("kind", "frequency", "engine_of"),
    [(SGD, None, "plain"), (SGD, 3, "xla"), (ADAM, 3, "graph"), (ADAM, None, "eager"), (SCALED, None, "graph")],
)
def test_epochs_and_the_kept_model_are_those_of_one_fit(kind, frequency, engine_of, digits, monkeypatch):
    """Each epoch is scored by the weights as they are; the model is kept with their averages."""
    monkeypatch.setattr(engine, "_on_one_core", lambda: engine_of == "plain")
    model, reference = (network(kind, frequency, engine_of == "eager") for _ in range(2))
    runner = engine.EpochRunner(model, *digits, WHOLE, epochs=10_000 if engine_of == "xla" else 1)
    logs = [runner.run(0, epoch) for epoch in range(1, EPOCHS + 1)]
    fit = reference.fit(
        *digits[0], batch_size=WHOLE, epochs=EPOCHS, shuffle=False, verbose=0, validation_data=digits[1]
    )
    for epoch, found in enumerate(logs):
        assert found == pytest.approx({name: each[epoch] for name, each in fit.history.items()}, rel=1e-3, abs=1e-5)
    before = [weight.numpy() for weight in model.trainable_weights]
    settle(model)
    for weight, raw, wanted in zip(model.trainable_weights, before, reference.get_weights(), strict=True):
        np.testing.assert_allclose(weight.numpy(), wanted, rtol=2e-3, atol=1e-4)
        assert not np.allclose(raw, wanted, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("frequency", [None, 3])
@pytest.mark.parametrize("ours_first", [True, False])
def test_averages_that_a_callback_puts_into_the_model_are_told_from_the_weights(frequency, ours_first, digits):
    """Whoever is called first at an epoch's end, a checkpoint holds the weights, and the averages beside them."""
    plain, swapping = network(SGD, frequency), network(SGD, frequency)
    seen = {id(model): [] for model in (plain, swapping)}

    def fit_of(model, *swaps):
        def fit(*args, callbacks, **options):
            callbacks = [*callbacks, *swaps] if ours_first else [*swaps, *callbacks]
            return model.fit(*args, batch_size=WHOLE, callbacks=callbacks, **options)

        def on_epoch(epoch, metrics):  # noqa: ARG001 - the names are part of the call
            seen[id(model)].append([variable.numpy() for variable in (*model.weights, *model.optimizer.variables)])
            return True

        call(Network(model, WHOLE, fit), *digits, EPOCHS, Watch(on_epoch))

    fit_of(plain)
    fit_of(swapping, keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
    for epoch, (ours, theirs) in enumerate(zip(seen[id(swapping)], seen[id(plain)], strict=True), 1):
        if epoch < EPOCHS or ours_first:
            for one, other in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    for one, other in zip(swapping.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_a_model_that_has_not_learned_keeps_its_first_weights():
    model = network(ADAM, None)
    model.optimizer.build(model.trainable_variables)
    before = model.get_weights()
    settle(model)
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize(("kind", "averages"), [(SGD, True), (SCALED, True), (None, False)])
def test_who_averages_is_known(kind, averages):
    model = network(kind, None) if kind else keras.Sequential([keras.layers.Dense(1)])
    assert averages_weights(model) == averages


def test_a_retrained_model_is_kept_with_the_averages_of_its_best_epoch(tmp_path: Path):
    """What is measured on the test set, and exported, is what `model.fit` leaves after as many epochs."""
    file = tmp_path / "own.py"
    file.write_text(HYPERMODEL)
    settings = StudySettings.create(tuner="random", max_epochs=EPOCHS, hypermodel=f"{file}:build")
    folder = StudyFolder(tmp_path / "study")
    folder.make()
    save_splits(splits_of(settings, load_dataset("digits")), folder.data)
    settings = settings.completed(open_splits(folder.data).targets)
    run = Run("tuned-seed0", Kind.RETRAIN, "tuned", "tuned", {"batch_size": 64}, 3, EPOCHS)
    reports = []
    known = messages.Context(folder.root, settings.model_dump(), None)
    context = StudyContext.of(known, reports.append, lambda: False)
    orders.carry_out(context, messages.Train(run, run.name, 0, (EPOCHS,)))
    checkpoint = context.checkpoints.load(run.name, reports[-1].best_epoch)
    kept = keras.models.load_model(folder.kept_model(run.name))
    raw, averages = checkpoint.variables[:2], checkpoint.variables[-2:]
    for weight, one, other in zip(kept.get_weights(), averages, raw, strict=True):
        np.testing.assert_array_equal(weight, one)
        assert not np.array_equal(weight, other)
