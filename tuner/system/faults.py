"""Kill this program at a named instant, so that tests can prove that nothing is lost; otherwise do nothing.

`KERAS_SEARCH_FAULT=INSTANT:COUNT:WHOM` sends SIGKILL the COUNT-th time that a process reaches INSTANT: to
itself if WHOM is `self`, to the search process if it is `search` (whose workers then end), to its whole process group
if it is `group`.
"""

import os
import signal
from collections import Counter
from multiprocessing import parent_process

_passed: Counter[str] = Counter()


def point(instant: str) -> None:
    """Mark a dangerous instant of the program."""
    wanted = os.environ.get("KERAS_SEARCH_FAULT")
    if not wanted:
        return
    name, count, whom = wanted.rsplit(":", 2)
    _passed[instant] += 1
    if name == instant and _passed[instant] == int(count):
        if whom == "group":
            os.killpg(0, signal.SIGKILL)
        parent = parent_process()
        victim = parent.pid if whom == "search" and parent is not None else os.getpid()
        os.kill(victim or os.getpid(), signal.SIGKILL)
