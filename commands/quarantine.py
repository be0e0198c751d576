"""The quarantine's part of the API: pages of events, and batches of replays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from commands.app_api import AppApi, pipeline_path
from commands.errors import CommandError

PAGE = 100
MOST_EVENTS = 500
"""What one request may replay."""

MOST_CHARACTERS = 4_000_000
"""About how long one request gets, so that it ends in good time."""


@dataclass(frozen=True)
class Selection:
    """Which events: by the day they arrived (inclusive), and by a part of the reason."""

    start: str | None = None
    end: str | None = None
    reason: str | None = None

    @property
    def query(self) -> dict[str, str]:
        """As the API takes it."""
        given = {"from": self.start, "to": self.end, "reason": self.reason}
        return {name: value for name, value in given.items() if value is not None}


@dataclass
class Outcome:
    """What has become of replayed events: how many per interval; id and reason of refused ones."""

    intervals: dict[str, int] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def replayed(self) -> int:
        """How many were taken."""
        return sum(self.intervals.values())


def quarantined(
    api: AppApi, pipeline: str, selection: Selection, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """The events, page by page; at most `limit`. Raises CommandError if the app refuses."""
    after: str | None = None
    left = limit
    while left is None or left > 0:
        query = selection.query | {"limit": str(PAGE if left is None else min(left, PAGE))}
        if after is not None:
            query["after"] = after
        page = api.get(pipeline_path(pipeline, "quarantine"), query)
        events, following = _entries(page, "events"), page.get("next")
        yield from events[:left]
        left = None if left is None else left - len(events)
        if following is None:
            return
        if following == after:
            raise CommandError(f"the app's answer goes in circles at `next` {following}")
        after = following


def replay(api: AppApi, pipeline: str, events: Iterable[dict[str, str]], outcome: Outcome) -> None:
    """Sends events again, and adds to `outcome` what has become of them.

    Raises CommandError if the app refuses a request; `outcome` has what was done before. Doing it
    all again is harmless: an event that comes twice with the same body counts once.
    """
    path = pipeline_path(pipeline, "quarantine/replay")
    for batch in _batches(events):
        answer = api.post(path, {"events": batch})
        replayed, refused = _entries(answer, "replayed"), _entries(answer, "refused")
        for event in replayed:
            interval = str(event.get("interval"))
            outcome.intervals[interval] = outcome.intervals.get(interval, 0) + 1
        outcome.refused += [(event["id"], str(event.get("reason"))) for event in refused]
        named = {event["id"] for event in [*replayed, *refused]}
        silent = [event["id"] for event in batch if event["id"] not in named]
        outcome.refused += [(event_id, "the app did not say") for event_id in silent]


def _entries(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a list of the answer, each with an id. Raises CommandError."""
    entries = answer.get(name)
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in entries
    ):
        raise CommandError(f"the app's answer has no `{name}` with ids: is it of this version?")
    return entries


def _batches(events: Iterable[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    batch: list[dict[str, str]] = []
    characters = 0
    for event in events:
        size = sum(map(len, event.values()))
        if batch and (len(batch) == MOST_EVENTS or characters + size > MOST_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(event)
        characters += size
    if batch:
        yield batch
