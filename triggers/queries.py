"""Reads the parameters of a request's query, and tells every wrong one at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar

from domain.errors import Problem, RequestError
from domain.requests import FIRST_YEAR, LAST_YEAR

_Moment = TypeVar("_Moment", date, datetime)

FUNCTION_KEY = "code"
"""Azure's own parameter: the key of the function."""


class Query:
    """The parameters; a method for each kind, then `check`."""

    def __init__(self, parameters: Mapping[str, str], known: Iterable[str]) -> None:
        """`known` are the names that a caller may use."""
        self._parameters, known = parameters, sorted(known)
        rule = f"must be one of {', '.join(known)}"
        self.problems = [
            Problem(name, rule, has_value=False)
            for name in parameters
            if name not in known and name != FUNCTION_KEY
        ]

    def text(self, name: str) -> str | None:
        """A text, or None."""
        return self._parameters.get(name) or None

    def one_of(self, name: str, allowed: Iterable[str]) -> str | None:
        """One of some texts, or None."""
        value, allowed = self._parameters.get(name), list(allowed)
        if value is not None and value not in allowed:
            self._wrong(name, f"must be one of {', '.join(allowed)}")
            return None
        return value

    def whole(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        value = self._parameters.get(name, str(default))
        if not (value.isdecimal() and value.isascii() and 1 <= int(value) <= most):
            self._wrong(name, f"must be from 1 to {most}")
            return default
        return int(value)

    def day(self, name: str, default: date) -> date:
        """A day such as 2026-01-31."""
        return self._read(name, default, date.fromisoformat, "must be a day such as 2026-01-31")

    def instant(self, name: str, default: datetime) -> datetime:
        """An instant such as 2026-01-31T12:00:00Z, in UTC if it names no zone."""
        rule = "must be an instant such as 2026-01-31T12:00:00Z"
        found = self._read(name, default, datetime.fromisoformat, rule)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

    def check(self) -> None:
        """Raises RequestError if anything was wrong."""
        if self.problems:
            raise RequestError("query", self.problems)

    def _read(
        self, name: str, default: _Moment, parse: Callable[[str], _Moment], rule: str
    ) -> _Moment:
        value = self._parameters.get(name)
        if value is None:
            return default
        try:
            found = parse(value.replace(" ", "+"))  # a + that was not written as %2B
        except ValueError:
            found = None
        if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
            self._wrong(name, rule)
            return default
        return found

    def _wrong(self, name: str, rule: str) -> None:
        self.problems.append(Problem(name, rule, self._parameters.get(name)))
