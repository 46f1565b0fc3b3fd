"""Import compiled modules that ours need: while a thread loads TensorFlow's libraries, each would wait for that."""
# ruff: noqa: F401

import array
import csv
import fcntl
import hashlib
import json
import mmap
import queue
import resource
import select
import sqlite3
import unicodedata
import uuid
import zoneinfo

import numpy.random
import PIL.Image
import pydantic_core
