"""Write Python that reads cells of a CSV as keras-search does, for users with pandas and without keras-search."""

from collections.abc import Sequence

from keras_search.tuner.data.dateforms import TIME, WEEK, YEAR
from keras_search.tuner.data.readings import DateReading, NumberReading, Reading

TURNS = {
    "time of year": f"days / {YEAR}",
    "weekday": f"numpy.floor(days) / {WEEK}",
    "time of day": "days",
}
HINTS = {"day first": ", dayfirst=True", "short year first": ", yearfirst=True"}


def reading_lines(readings: Sequence[Reading]) -> list[str]:
    """Return the lines that convert the text columns of `rows` to numbers."""
    return [line for reading in readings for line in _lines(reading)]


def _lines(reading: Reading) -> list[str]:
    return _number_lines(reading) if isinstance(reading, NumberReading) else _date_lines(reading)


def _number_lines(reading: NumberReading) -> list[str]:
    removed = [mark for mark in (reading.unit, reading.thousands) if mark]
    changes = "".join(f'.str.replace({mark!r}, "", regex=False)' for mark in removed)
    changes += f'.str.replace({reading.decimal!r}, ".", regex=False)' if reading.decimal != "." else ""
    cells = f"rows[{reading.column!r}]"
    negative = r'.str.replace(r"^\((.*)\)$", r"-\1", regex=True)'
    return [f'{cells} = pandas.to_numeric({cells}{changes}{negative}.str.strip(), errors="coerce")']


def _date_lines(reading: DateReading) -> list[str]:
    cells = f"rows[{reading.column!r}]"
    if reading.layout == TIME:
        lines = [f'moments = pandas.to_datetime("1970-01-01 " + {cells}, format="mixed", utc=True, errors="coerce")']
    else:
        hint = HINTS.get(reading.layout, "")
        layout = '"mixed"' if reading.layout != "digits" else '"%Y%m%d"'
        lines = [f'moments = pandas.to_datetime({cells}, format={layout}{hint}, utc=True, errors="coerce")']
    lines.append('days = (moments - pandas.Timestamp("1970-01-01", tz="UTC")) / pandas.Timedelta(days=1)')
    lines.append(f"{cells} = days")
    for part in reading.parts:
        lines.append(f"turn = 2 * numpy.pi * ({TURNS[part]} % 1)")
        for wave, function in (("sine", "sin"), ("cosine", "cos")):
            name = f"{reading.column} ({part}, {wave})"
            lines.append(f"rows[{name!r}] = numpy.{function}(turn)")
    return lines
