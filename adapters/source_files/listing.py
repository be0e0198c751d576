"""Which files a source's path means, for the instants that a run has to read.

A path with {yyyy} {MM} {dd} ({HH}) promises that a file holds events of that day (hour) in the
source's time zone; so only the days that a run touches are listed. With `closed: right`, an event
at midnight sharp belongs to the windows of the day before, so the day after is listed, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.lake import Lake, LakeFile
from domain.pipeline.source import DATE_FIELDS, LakeFiles


def list_files(
    lake: Lake, source: LakeFiles, first: datetime, last: datetime
) -> list[tuple[LakeFile, datetime | None, datetime | None]]:
    """The files that may hold events in [first, last], with the instants their path promises.

    Args:
        first, last: Aware; both inclusive.

    Returns:
        (file, begin, end), by path; begin and end are None where the path promises nothing.

    Raises:
        LakeError: the container is not there, or access is denied.
        TransientError: the lake did not answer.
    """
    found: dict[str, tuple[LakeFile, datetime | None, datetime | None]] = {}
    for path, begin, end in _dated_paths(source, first, last):
        pattern = _glob(path)
        for file in lake.list(re.split(r"[*?]", path, maxsplit=1)[0]):
            if pattern.fullmatch(file.path) and file.size > 0:
                found.setdefault(file.path, (file, begin, end))
    return [found[path] for path in sorted(found)]


def _dated_paths(
    source: LakeFiles, first: datetime, last: datetime
) -> Iterator[tuple[str, datetime | None, datetime | None]]:
    if "{" not in source.path:
        yield source.path, None, None
        return
    zone = ZoneInfo(source.time_zone)
    step = timedelta(hours=1) if "{HH}" in source.path else timedelta(days=1)
    local = first.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    if step == timedelta(days=1):
        local = local.replace(hour=0)
    while local.replace(tzinfo=zone).astimezone(UTC) <= last:
        path = source.path
        for name, code in DATE_FIELDS.items():
            path = path.replace(f"{{{name}}}", local.strftime(code))
        begin, local = local, local + step
        yield path, begin.replace(tzinfo=zone), local.replace(tzinfo=zone)


def _glob(path: str) -> re.Pattern[str]:
    """The pattern of a path: ** for anything, * for anything but /, ? for one character."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", path)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts))
