"""The constants of the hash for dropout masks.

Those that mix are of Wellons' `lowbias32` successor, "prospecting for hash functions"
(https://github.com/skeeto/hash-prospector); the others are odd numbers near 2**32 over the golden ratio.
"""

FIRST_MIX, SECOND_MIX = 0x21F0AAAD, 0x735A2D97
INDEX, STEP, CALL = 0x9E3779B1, 0x9E3779B9, 0x85EBCA6B
"""The factors of an element's index, a step's number, and a call's number in the step."""
