"""The verdict of a study as an object: the content of `verdict.json`, by attribute and by key."""

import html
from typing import Any


class Verdict(dict[str, Any]):
    """The verdict on whether tuning was worth it.

    Example:
        >>> verdict = keras_search.load("studies/digits").verdict
        >>> verdict.verdict, verdict.difference, verdict.interval
        ('tuned is better', 0.0167, [0.0016, 0.0325])
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"This verdict has no {name!r}. It has: {', '.join(self)}.") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def __str__(self) -> str:
        return f"{self['verdict']}: {self['sentence']}"

    def _repr_html_(self) -> str:
        """Show the conclusion in a notebook."""
        advice = self.get("recommendation")
        first = f"<p><b>{html.escape(advice)}</b></p>" if advice else ""
        return f"{first}<p><b>{html.escape(self['verdict'])}</b> {html.escape(self['sentence'])}</p>"
