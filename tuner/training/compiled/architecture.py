"""What a compiled epoch depends on: the name under which a process keeps it for the next model."""

import hashlib
import json
from typing import Any

import keras

SCHEDULE_VALUES = ("initial_learning_rate", "decay_steps")
NAMES = {"keras_history", "input_layers", "output_layers"}


def architecture_of(model: keras.Model) -> str | None:
    """Hash all that the model's traced steps depend on, or give None where the configs cannot tell.

    Two models of the same hash differ in values at most: weights, seeds, names, dropout rates, learning rate.
    A model that holds code of the user's own (a subclass, a custom layer, loss or metric) has no hash, nor has one with
    a layer that adapts to data, for what it has learned there is in no config.
    """
    if any(hasattr(layer, "adapt") for layer in model._flatten_layers()):
        return None
    own_steps = {"call", "train_step", "test_step", "compute_loss", "compute_metrics"} & set(vars(model))
    if own_steps or not type(model).__module__.startswith("keras."):
        return None
    config = {"model": model.get_config(), "compile": model.get_compile_config()}
    if not _only_keras(config):
        return None
    numbers = {layer.name: index for index, layer in enumerate(model._flatten_layers())}
    text = json.dumps(_without_values(config, numbers), sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def _only_keras(config: Any) -> bool:
    """Say whether everything in a config is Keras' own."""
    if isinstance(config, dict):
        module = (config.get("module") if "class_name" in config else None) or "keras"
        return module.split(".")[0] == "keras" and all(_only_keras(value) for value in config.values())
    if isinstance(config, list | tuple):
        return all(_only_keras(value) for value in config)
    return not callable(config)


def _without_values(config: Any, numbers: dict[str, int]) -> Any:
    """Leave out what differs between models that share a program, and number the layers."""
    if isinstance(config, list | tuple):
        return [_without_values(value, numbers) for value in config]
    if not isinstance(config, dict):
        return config
    config = {name: value for name, value in config.items() if not _is_value(name)}
    if config.get("class_name") == "Dropout":
        config["config"] = config["config"] | {"rate": config["config"]["rate"] > 0}
    if config.get("name") in numbers:
        config["name"] = numbers[config["name"]]
    if "learning_rate" in config:
        config.pop("name", None)
    if isinstance(config.get("learning_rate"), float):
        config["learning_rate"] = "value"
    if config.get("class_name") == "CosineDecay":
        config["config"] = config["config"] | dict.fromkeys(("name", *SCHEDULE_VALUES), "value")
    return {
        name: _numbered(value, numbers) if name in NAMES else _without_values(value, numbers)
        for name, value in config.items()
    }


def _is_value(name: str) -> bool:
    return name in {"seed", "build_config"} or name.endswith("_initializer")


def _numbered(names: Any, numbers: dict[str, int]) -> Any:
    """Replace the layer names of a graph's edges by the layers' numbers."""
    if isinstance(names, list | tuple):
        return [_numbered(name, numbers) for name in names]
    return numbers.get(names, names) if isinstance(names, str) else names
