"""A Hyperband trial's place in the schedule, which its name holds: `i1-b2-r0-003`."""

import re
from typing import NamedTuple

_NAME = re.compile(r"i(\d+)-b(\d+)-r(\d+)-(\d+)")


class RungPlace(NamedTuple):
    """Slot `slot` of rung `rung` in bracket `bracket` of an iteration."""

    iteration: int
    bracket: int
    rung: int
    slot: int

    @property
    def name(self) -> str:
        """The trial's name."""
        return f"i{self.iteration}-b{self.bracket}-r{self.rung}-{self.slot:03d}"


def rung_place(name: str) -> RungPlace | None:
    """Read the place from the name of a trial; None if another tuner proposed it."""
    found = _NAME.fullmatch(name)
    return None if found is None else RungPlace(*(int(number) for number in found.groups()))
