"""Put what came out into figures: means, the difference with its interval, a row of the table."""

import numpy as np
from catalogue import Outcome
from scipy import stats

HEADER = (
    "| kind | trained by | metric | model.fit | here | difference (95%) | of the loss (95%) | within noise |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)
TINY = 1e-9
"""A deviation that is rounding."""


def interval(expected: np.ndarray, found: np.ndarray) -> tuple[float, float, float]:
    """Give the difference of the means `(n,)` and the ends of its 95% interval (Welch)."""
    difference = float(found.mean() - expected.mean())
    if max(found.std(), expected.std()) < TINY:
        return difference, difference, difference
    parts = np.array([values.var(ddof=1) / len(values) for values in (expected, found)])
    freedom = parts.sum() ** 2 / (parts**2 / [len(expected) - 1, len(found) - 1]).sum()
    reach = float(stats.t.ppf(0.975, freedom) * np.sqrt(parts.sum()))
    return difference, difference - reach, difference + reach


def is_noise(outcome: Outcome) -> bool:
    """Whether neither the metric nor the loss differs by more than seeds do."""
    return not outcome.fault and all(_holds_zero(outcome, column) for column in (0, 1))


def row(outcome: Outcome) -> str:
    """Write a row of the table."""
    kind = outcome.kind
    if outcome.fault:
        return f"| {kind.title} | - | {kind.metric} | | | | {outcome.fault} | **no** |"
    seeds = f" ({len(outcome.by_us)} seeds)" if len(outcome.by_us) > 5 else ""
    cells = [
        f"{kind.title}{seeds}", outcome.way, kind.metric, _mean(outcome.by_keras[:, 0]), _mean(outcome.by_us[:, 0]),
        _gap(outcome, 0), _gap(outcome, 1), "yes" if is_noise(outcome) else "**no**",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _holds_zero(outcome: Outcome, column: int) -> bool:
    _, low, high = interval(outcome.by_keras[:, column], outcome.by_us[:, column])
    return low <= TINY and high >= -TINY


def _mean(values: np.ndarray) -> str:
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}"


def _gap(outcome: Outcome, column: int) -> str:
    difference, low, high = interval(outcome.by_keras[:, column], outcome.by_us[:, column])
    return f"{difference:+.3f} ({low:+.3f} to {high:+.3f})"
