"""Format numbers for people: shares in percent, differences with their sign, amounts with the digits that matter.

All such text is made here, so that a number reads the same in a table, a plot, a sentence and a page.
"""

import math
from collections.abc import Sequence
from decimal import Decimal

MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 9
MOST_DIGITS = 15
"""Digits before the point; larger numbers are written in powers of ten."""
FARTHEST_SHARE = 100.0
"""A larger value cannot be a share and is written like any number."""


def is_share(metric: str) -> bool:
    """Return whether a metric is a share between 0 and 1, shown in percent; errors and losses are not."""
    name = metric.lower()
    return any(word in name for word in ("accuracy", "precision", "recall")) and not name.endswith(("loss", "error"))


def fixed(value: float, places: int, sign: str = "") -> str:
    """Format a number with `places` decimals; with `sign` "+", positive ones have a sign too.

    The number is taken at twelve digits first (a large one at fifteen), so that two ways of adding it up cannot round
    it to different sides.

    >>> fixed(100 * 0.043750000000000004, 2), fixed(100 * 0.04374999999999999, 2), fixed(1234.5, 1, "+")
    ('4.38', '4.38', '+1,234.5')
    """
    return format(Decimal(f"{value:.{12 if abs(value) < 1e6 else 15}g}"), f"{sign},.{places}f")


def percent(share: float, places: int = 2) -> str:
    """Format a share in percent: 98.12%."""
    return f"{fixed(100 * share, places)}%"


def points(difference: float) -> str:
    """Format a difference of shares in percentage points: +0.42, \N{MINUS SIGN}0.42, 0.00."""
    return signed(100 * difference, 2)


def p_text(p_value: float) -> str:
    """Format a p-value with three decimals, or as smaller than 0.001."""
    return "< 0.001" if p_value < 0.001 else fixed(p_value, 3)


def p_equation(p_value: float) -> str:
    """Format a p-value as part of a sentence: `p = 0.030`, `p < 0.001`."""
    return f"p {p_text(p_value)}" if p_value < 0.001 else f"p = {p_text(p_value)}"


def metric_text(value: float, metric: str) -> str:
    """Format a value of a metric: 98.12%, 0.0712, or 2,945.1; only shares are written in percent."""
    if not math.isfinite(value):
        return "n/a"
    return percent(value) if is_share(metric) and 0 <= value <= 1 else figure(value)


def figure(value: float) -> str:
    """Format a number with four decimals, or with five significant digits if it is large and three if it is tiny.

    >>> figure(0.07125), figure(2945.137), figure(0.0000123)
    ('0.0713', '2,945.1', '1.23e-05')
    """
    size = abs(value)
    if not math.isfinite(size):
        return str(value)
    if 0 < size < 0.001 or size >= 10**MOST_DIGITS:
        return f"{value:.3g}"
    return fixed(value, max(0, 4 - _magnitude(size)) if size >= 10 else 4)


def decimals(spread: float, value: float = 0.0) -> int:
    """Count the decimals that give a spread at least two significant digits, and `value` three.

    >>> decimals(0.24), decimals(31.0), decimals(31.0, 2.5)
    (2, 0, 2)
    """
    known = [digits - 1 - _magnitude(abs(size)) for size, digits in ((spread, 2), (value, 3)) if _has_digits(size)]
    return min(max([0, *known]), MOST_DECIMALS) if known else 2


def shared_decimals(spreads: Sequence[float], values: Sequence[float]) -> int:
    """Count the decimals for several values side by side, by the smallest of them and of their spreads.

    >>> shared_decimals([0.31, 0.0], [12.5, 140.0])
    2
    """
    sizes = [abs(value) for value in values if _has_digits(value)]
    return decimals(min((spread for spread in spreads if _has_digits(spread)), default=0.0), min(sizes, default=0.0))


def amount(value: float, places: int) -> str:
    """Format an amount with `places` decimals: 2.91, 12,345."""
    return (fixed(value, places) if abs(value) < 10**MOST_DIGITS else f"{value:.3g}").replace("-", MINUS)


def signed(value: float, places: int) -> str:
    """Format a difference with its sign, zero without: +0.49, \N{MINUS SIGN}0.49, 0.00."""
    if abs(value) >= 10**MOST_DIGITS:
        return f"{value:+.3g}".replace("-", MINUS)
    text = fixed(value, places, "+")
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text[1:]


def short_value(value: object) -> str:
    """Format the value of a setting; a float with six significant digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def duration(seconds: float) -> str:
    """Format seconds for people: `45 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _has_digits(size: float) -> bool:
    return math.isfinite(size) and size != 0


def _magnitude(size: float) -> int:
    """Return the power of ten of the first digit."""
    return math.floor(math.log10(size))
