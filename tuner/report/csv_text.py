"""A frame as the text of a CSV file."""

from typing import Any

import pandas as pd

from keras_search.tuner.system.text import visible


def csv_text(frame: pd.DataFrame) -> str:
    """Format a frame as CSV, whole numbers as such, and control characters, which readers cannot parse, escaped."""
    shown = frame.copy()
    for column in frame:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            shown[column] = pd.Series([_shown(value) for value in frame[column]], frame.index, object)
    return _tidy(shown).rename(columns=_shown).to_csv(index=False, lineterminator="\n")


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Format whole numbers as such in columns where some rows are empty."""
    whole = {
        column: "Int64"
        for column in frame.columns
        if frame[column].dtype == object or frame[column].dtype == float
        if _is_whole(frame[column].dropna())
    }
    return frame.astype(whole)


def _is_whole(values: "pd.Series[Any]") -> bool:
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    return whole and len(values) > 0 and -(2**63) <= min(values) <= max(values) < 2**63
