"""What the caption of a plot adds for one study."""

from keras_search.tuner.report.contents import ReportData, full_budget, longest

FEW_TRIALS = 10
"""Below this number of trials, statements about all of them are little more than chance."""
TENTH = 20
"""From this number of configurations on, the best tenth is more than the best one."""


def few(trials: int) -> str:
    """Warn of plots that rest on few trials."""
    if trials >= FEW_TRIALS:
        return ""
    return f"With only {trials} trials this is little more than chance: only the grey band can be relied on."


def cut_short(data: ReportData, marks: str) -> str:
    """Say what the marks of configurations that were not trained to the full budget are, if there are any."""
    return "" if full_budget(longest(data.trials), data.brackets).all() else f"{marks} were cut short."


def lines(data: ReportData) -> str:
    """Say which lines of the parallel coordinates are dotted, and which are blue."""
    dotted = cut_short(data, "Dotted ones")
    if len(longest(data.trials)) < TENTH:
        return dotted
    return f"The best tenth is blue{', those with the full budget first' if dotted else ''}. {dotted}".strip()
