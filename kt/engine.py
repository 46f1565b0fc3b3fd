"""Importing KerasTuner's inner modules from here says what to do instead."""

from keras_search.kt import not_here

raise not_here("engine")
