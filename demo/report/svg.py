"""Marks on a picture: scales and SVG elements as text. Colours are classes, so that the page's
style sheet decides them, in light and in dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

TICK_STEPS_S = (60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)


@dataclass(frozen=True)
class Frame:
    """The inside of a picture, in pixels from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class TimeScale:
    """Instants to horizontal positions."""

    start: datetime
    end: datetime
    frame: Frame

    def __call__(self, instant: datetime) -> float:
        """Where `instant` is: in the frame, or at its edge."""
        share = (instant - self.start) / (self.end - self.start)
        return self.frame.left + min(max(share, 0.0), 1.0) * (self.frame.right - self.frame.left)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Positions and labels at round times, at most `most` + 1 of them."""
        span_s = (self.end - self.start).total_seconds()
        step_s = next((s for s in TICK_STEPS_S if span_s / s <= most), math.ceil(span_s / most))
        day = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)
        steps = math.ceil((self.start - day).total_seconds() / step_s)
        label = "%H:%M" if step_s < 86_400 else "%d %b"
        found = []
        while (at := day + timedelta(seconds=steps * step_s)) <= self.end:
            found.append((self(at), at.strftime(label)))
            steps += 1
        return found


@dataclass(frozen=True)
class LogScale:
    """Positive numbers to vertical positions, by their logarithm."""

    low: float
    high: float
    frame: Frame

    def __call__(self, value: float) -> float:
        """Where `value` is: in the frame, or at its edge."""
        value = min(max(value, self.low), self.high)
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.frame.bottom - share * (self.frame.bottom - self.frame.top)

    def ticks(self) -> list[tuple[float, str]]:
        """Positions and labels at the powers of ten."""
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        return [(self(10.0**e), f"{10.0**e:g}") for e in range(first, last + 1)]


def picture(width: float, height: float, title: str, marks: Iterable[str]) -> str:
    """An SVG element that fills its column; `title` is what a screen reader says."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(marks)}</svg>'
    )


def line(points: Sequence[tuple[float, float]], css: str) -> str:
    """A line through `points`."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{css}" points="{path}"/>'


def box(left: float, top: float, right: float, bottom: float, css: str, tip: str = "") -> str:
    """A rectangle; `tip` shows under the mouse."""
    size = f'width="{max(right - left, 1):.1f}" height="{bottom - top:.1f}"'
    return f'<rect class="{css}" x="{left:.1f}" y="{top:.1f}" {size} rx="2">{_tip(tip)}</rect>'


def dot(x: float, y: float, radius: float, css: str, tip: str = "") -> str:
    """A small disc; `tip` shows under the mouse."""
    return f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}">{_tip(tip)}</circle>'


def label(x: float, y: float, text: str, css: str, anchor: str = "start") -> str:
    """A piece of text whose base line is at `y`."""
    return (
        f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _tip(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""
