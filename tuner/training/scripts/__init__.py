"""Train with the objects of a KerasTuner-style script: its hypermodel, its callbacks, the arguments of `fit`."""
