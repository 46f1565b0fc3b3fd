"""What the service reads from studies, as the records of `answers`; nothing here imports pandas, SciPy or TensorFlow.

What needs these is computed by a process of its own (`helper`), so that the one that serves stays small.
"""
