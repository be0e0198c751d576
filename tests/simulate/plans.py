"""Plans that the tests share."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from simulate import Plan

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_plan(**fields: Any) -> Plan:
    """A short stream of 1,000 events in ten seconds, with changes."""
    return Plan(**{"start": START, "duration_s": 10.0, **fields})


def all_trouble(**fields: Any) -> Plan:
    """Events of every kind, 20,000 of them."""
    shares = {"late": 0.1, "disorder": 0.1, "duplicates": 0.05, "garbage": 0.05}
    return make_plan(**{"rate": 2_000.0, "lateness_s": 1.0, **shares, **fields})


def loaded(body: bytes) -> Any:
    """The JSON value of a body. Raises ValueError if it is none."""
    return json.loads(body.decode())


def us(text: str) -> int:
    """Microseconds since 1970 of a timestamp."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (datetime.fromisoformat(text) - epoch) // timedelta(microseconds=1)
