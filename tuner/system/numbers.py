"""Write numbers for people: shares in percent, differences with their sign, amounts with the digits that matter."""

import math

MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 9
MOST_DIGITS = 15
"""Before the point; a larger number is written in powers of ten."""
FARTHEST_SHARE = 100.0
"""A share beyond it, which is no share, is written as any number."""


def is_share(metric: str) -> bool:
    """Tell whether a metric is a share between 0 and 1, shown in percent; an error or a loss is none."""
    name = metric.lower()
    return any(word in name for word in ("accuracy", "precision", "recall")) and not name.endswith(("loss", "error"))


def metric_text(value: float, metric: str) -> str:
    """Write a value of a metric: 98.12%, 0.0712, or 2,945.1; what is no share is not written as one."""
    if not math.isfinite(value):
        return "n/a"
    return f"{value:.2%}" if is_share(metric) and 0 <= value <= 1 else figure(value)


def figure(value: float) -> str:
    """Write a number with four decimals, or with five significant digits where it is large and three where tiny.

    >>> figure(0.07125), figure(2945.137), figure(0.0000123)
    ('0.0713', '2,945.1', '1.23e-05')
    """
    size = abs(value)
    if not math.isfinite(size):
        return str(value)
    if 0 < size < 0.001 or size >= 10**MOST_DIGITS:
        return f"{value:.3g}"
    return f"{value:,.{max(0, 4 - _magnitude(size))}f}" if size >= 10 else f"{value:.4f}"


def decimals(spread: float, value: float = 0.0) -> int:
    """Count the decimals with which a spread has at least two significant digits, and `value` three.

    >>> decimals(0.24), decimals(31.0), decimals(31.0, 2.5)
    (2, 0, 2)
    """
    known = [digits - 1 - _magnitude(abs(size)) for size, digits in ((spread, 2), (value, 3)) if _has_digits(size)]
    return min(max([0, *known]), MOST_DECIMALS) if known else 2


def amount(value: float, places: int) -> str:
    """Write an amount with so many decimals: 2.91, 12,345."""
    text = f"{value:,.{places}f}" if abs(value) < 10**MOST_DIGITS else f"{value:.3g}"
    return text.replace("-", MINUS)


def signed(value: float, places: int) -> str:
    """Write a difference with its sign, zero without: +0.49, \N{MINUS SIGN}0.49, 0.00."""
    if abs(value) >= 10**MOST_DIGITS:
        return f"{value:+.3g}".replace("-", MINUS)
    text = f"{value:+,.{places}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text[1:]


def _has_digits(size: float) -> bool:
    return math.isfinite(size) and size != 0


def _magnitude(size: float) -> int:
    """Give the power of ten of the first digit."""
    return math.floor(math.log10(size))
