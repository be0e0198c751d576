"""How readings become the bytes of an event's body, and the seven ways in which they do not.

The text is put together by hand, which is several times as fast as a JSON library. It is exact
JSON: names hold nothing to escape, and a finite double's `repr` is a JSON number.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from typing import NamedTuple

from simulate.plan import Plan

LONG_KEY_LENGTH = 1_000  # five times what a key may be in SQL
GZIP_LEVEL = 6


class Measured(NamedTuple):
    """One reading as it is written: `ts` is ISO 8601 with a Z."""

    ts: str
    device: str
    sensor: str
    value: float


def body_of(readings: Sequence[Measured], plan: Plan) -> bytes:
    """The body of an event with these readings, in the plan's form."""
    write = _nested if plan.nested else _flat
    return _encoded(_joined([write(*reading) for reading in readings], plan).encode(), plan)


def garbage_of(reason: str, reading: Measured, plan: Plan) -> bytes:
    """The body of an event that is bad for `reason`, one of `GARBAGE`, and holds one reading."""
    write = _nested if plan.nested else _flat
    return _encoded(GARBAGE[reason](reading, write, plan), plan)


def _flat(ts: str, device: str, sensor: str, value: float) -> str:
    return f'{{"ts": "{ts}", "device": "{device}", "sensor": "{sensor}", "value": {value!r}}}'


def _nested(ts: str, device: str, sensor: str, value: float) -> str:
    return (
        f'{{"ts": "{ts}", "device": "{device}", '
        f'"payload": {{"sensor": "{sensor}", "value": {value!r}}}}}'
    )


def _joined(texts: Sequence[str], plan: Plan) -> str:
    if plan.format == "array":
        return f"[{', '.join(texts)}]"
    return "\n".join(texts)


def _encoded(body: bytes, plan: Plan) -> bytes:
    # No time in the header: the same plan is the same bytes.
    return gzip.compress(body, GZIP_LEVEL, mtime=0) if plan.gzip else body


_Write = Callable[[str, str, str, float], str]


def _not_json(reading: Measured, _write: _Write, _plan: Plan) -> bytes:
    return f"{reading.device} {reading.sensor}={reading.value!r}".encode()


def _truncated(reading: Measured, write: _Write, plan: Plan) -> bytes:
    whole = _joined([write(*reading)], plan)
    return whole[: 2 * len(whole) // 3].encode()


def _missing_key(reading: Measured, write: _Write, plan: Plan) -> bytes:
    text = write(*reading).replace(f'"device": "{reading.device}", ', "")
    return _joined([text], plan).encode()


def _bad_timestamp(reading: Measured, write: _Write, plan: Plan) -> bytes:
    # The thirteenth month: it looks right, and is not.
    bad = reading._replace(ts=f"{reading.ts[:5]}13{reading.ts[7:]}")
    return _joined([write(*bad)], plan).encode()


def _wrong_type(reading: Measured, write: _Write, plan: Plan) -> bytes:
    text = write(*reading).replace(f'"value": {reading.value!r}', '"value": {"reading": "warm"}')
    return _joined([text], plan).encode()


def _long_key(reading: Measured, write: _Write, plan: Plan) -> bytes:
    long = reading._replace(device=reading.device + "-" * LONG_KEY_LENGTH)
    return _joined([write(*long)], plan).encode()


def _invalid_utf8(reading: Measured, write: _Write, plan: Plan) -> bytes:
    body = _joined([write(*reading)], plan).encode()
    return body.replace(reading.sensor.encode(), b"\xff\xfe" + reading.sensor.encode(), 1)


GARBAGE: dict[str, Callable[[Measured, _Write, Plan], bytes]] = {
    "not_json": _not_json,
    "truncated_json": _truncated,
    "missing_key": _missing_key,
    "bad_timestamp": _bad_timestamp,
    "wrong_type": _wrong_type,
    "long_key": _long_key,
    "invalid_utf8": _invalid_utf8,
}
