"""Train what a script in KerasTuner's manner passes as objects: its hypermodel, its callbacks, what `fit` is given."""
