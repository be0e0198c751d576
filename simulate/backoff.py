"""How long to wait before a request is sent again."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_S, LONGEST_S = 0.1, 10.0
MOST_ASKED_S = 60.0


def pause_s(attempt: int, retry_after: str | None = None) -> float:
    """Seconds before the attempt after `attempt` (from 1): as the service asks, or doubling.

    `retry_after` is the header of that name: seconds or an HTTP date (RFC 9110, 10.2.3).
    """
    asked = _asked_s(retry_after)
    if asked is not None:
        return min(max(asked, 0.0), MOST_ASKED_S)
    most = min(FIRST_S * 2.0 ** min(attempt - 1, 20), LONGEST_S)
    # Not all lanes at the same moment.
    return most * random.uniform(0.5, 1.0)  # noqa: S311


def _asked_s(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
