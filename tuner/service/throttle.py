"""Slow down whoever tries tokens: after some wrong ones, an address waits, each time longer."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from keras_search.tuner.service.problems import Refused

FREE = 5
"""Wrong tokens of an address before it waits."""
LONGEST = 60.0
"""Seconds; an address that tries again after longer than ten times this begins anew."""
KEPT = 10_000
"""Addresses that are remembered."""


class Throttle:
    """Count the wrong tokens of each address; `clock` gives seconds that never run backwards."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Make sure that an address need not wait.

        Raises:
            Refused: it must, 429.
        """
        left = self.wait_of(address)
        if left > 0:
            raise Refused(429, f"Too many wrong tokens: try again in {left:.0f} seconds.", left)

    def wait_of(self, address: str) -> float:
        """Return how many seconds an address still has to wait."""
        with self._lock:
            count, last = self._failures.get(_network(address), (0, 0.0))
        return max(0.0, last + _delay(count) - self._clock())

    def failed(self, address: str) -> None:
        """Count a wrong token."""
        place, at = _network(address), self._clock()
        with self._lock:
            count, last = self._failures.pop(place, (0, at))
            self._failures[place] = (1 if at - last > 10 * LONGEST else count + 1, at)
            while len(self._failures) > KEPT:
                self._failures.popitem(last=False)

    def passed(self, address: str) -> None:
        """Forget the wrong tokens of an address, after a right one."""
        with self._lock:
            self._failures.pop(_network(address), None)


def _delay(count: int) -> float:
    """Return the seconds to wait after the last of so many wrong tokens."""
    return 0.0 if count < FREE else min(LONGEST, 2.0 ** min(count - FREE, 10))


def _network(address: str) -> str:
    """Return what counts as one sender: an address, or, in version 6, the network that one customer gets."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((number, 64), strict=False)) if number.version == 6 else str(number)
