"""Times of a study without those in which nothing ran."""

import numpy as np
import pandas as pd


def without_pauses(timings: pd.DataFrame) -> tuple[pd.DataFrame, list[float]]:
    """Cut out the time in which nothing ran because the study was stopped and resumed later.

    A gap is a pause when no worker ran for longer than a minute and a twentieth of the working time.
    Returns the runs with `started` moved up, and where in time (seconds) each pause was.
    """
    runs = timings.sort_values("started", kind="stable")
    starts = runs["started"].to_numpy(float)
    ends = np.maximum.accumulate(starts + runs["seconds"].to_numpy(float))
    gaps = np.maximum(starts - np.concatenate([[0.0], ends[:-1]]), 0)
    busy = float(ends[-1] - gaps.sum()) if len(ends) else 0.0
    gaps = np.where(gaps > max(60.0, busy / 20), gaps, 0)
    moved = runs.assign(started=starts - np.cumsum(gaps))
    return moved, [float(moved["started"].iloc[place]) for place in np.flatnonzero(gaps)]
