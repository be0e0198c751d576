"""How long a window's last event took to become a row in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from demo.streaming.sent import Window
from domain.windows import from_us


@dataclass(frozen=True)
class Latency:
    """Quantiles over all windows, in seconds."""

    p50: float
    p90: float
    p99: float
    max: float

    def as_json(self) -> dict[str, float]:
        """The same as plain JSON data."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def latency(last_sent: Mapping[Window, float], scores: pd.DataFrame) -> Latency | None:
    """From when a window's last event was acknowledged to when its row was written.

    `scores` has device, sensor, window_end and scored_at: rows as they are in the end, so a window
    that was scored again counts with its last score. None if no window has a row.
    """
    sent = pd.DataFrame(
        [(device, sensor, from_us(end), at) for (device, sensor, end), at in last_sent.items()],
        columns=["device", "sensor", "window_end", "sent_at"],
    )
    if sent.empty or scores.empty:
        return None
    rows = sent.merge(scores, on=["device", "sensor", "window_end"])
    if rows.empty:
        return None
    scored_at = (rows["scored_at"] - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    seconds = (scored_at - rows["sent_at"]).to_numpy(dtype=float)
    p50, p90, p99 = np.quantile(seconds, [0.5, 0.9, 0.99])
    return Latency(float(p50), float(p90), float(p99), float(seconds.max()))
