"""Time spans as settings write them: `hh:mm:ss` or `d.hh:mm:ss`."""

from localazure.functions_host.schedules import INTERVAL


def parse_time_span(value: object) -> float:
    """Return the seconds of a time span; raise ValueError with the rule that it breaks."""
    found = INTERVAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"must be a time span such as '00:00:30'; got {value!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
