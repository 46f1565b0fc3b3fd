"""KerasTuner's ready hypermodels."""

from keras_tuner.applications import HyperEfficientNet, HyperImageAugment, HyperResNet, HyperXception

__all__ = ["HyperEfficientNet", "HyperImageAugment", "HyperResNet", "HyperXception"]
