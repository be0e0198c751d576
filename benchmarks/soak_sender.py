"""The simulator of a soak, in a process of its own, so that its work is not the host's.

`python -m benchmarks.soak_sender RATE SECONDS SPEED DEVICES FILE` streams into the local cloud of
its environment. It writes into FILE what was sent, and of every window when its last event was.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.soak_world import HUB, WINDOW_S
from simulate import Plan, Sending, default_start, find_target, run

WINDOW_US = WINDOW_S * 1_000_000


@dataclass(frozen=True)
class Sent:
    """What was sent: acknowledged events, how far behind plan the sending was at worst, and by
    device and window end (microseconds since 1970) when the last event of the window was sent."""

    events: int
    seconds: float
    max_lag_s: float
    last_sent: dict[tuple[str, int], float]


def read_sent(file: Path) -> Sent:
    """What a sender has written."""
    found = json.loads(file.read_text())
    last = {(device, end_us): at for device, end_us, at in found.pop("last_sent")}
    return Sent(**found, last_sent=last)


def main() -> None:
    """Streams; ends by itself."""
    rate, seconds, speed, devices = (float(text) for text in sys.argv[1:5])
    last: dict[tuple[str, int], float] = {}

    def note(events: Sequence[Sending], at: float) -> None:
        for event in events:
            last[event.device, -(-event.event_us // WINDOW_US) * WINDOW_US] = at

    target = find_target(os.environ, None, HUB)
    assert target.token is not None
    target.token()
    summary = run(
        Plan(
            default_start(datetime.now(UTC), seconds, speed),
            devices=int(devices),
            sensors=1,
            rate=rate,
            duration_s=seconds,
            speed=speed,
        ),
        target,
        on_sent=note,
    )
    found = {
        "events": summary.sent,
        "seconds": summary.seconds,
        "max_lag_s": summary.max_lag_s,
        "last_sent": [(*window, at) for window, at in last.items()],
    }
    Path(sys.argv[5]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
