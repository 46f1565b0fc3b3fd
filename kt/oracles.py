"""Importing KerasTuner's oracles from here says what to do instead."""

from keras_search.kt import not_here

raise not_here("oracles")
