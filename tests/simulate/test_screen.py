"""What is shown: plain lines now and then when piped, a picture on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console

from simulate import Progress
from simulate.screen import Screen

PROGRESS = Progress(
    elapsed_s=6.0,
    sent=1_234,
    kinds={"good": 1_200, "late": 34, "garbage": 0},
    per_s=205.7,
    lag_s=0.1,
    waiting=3,
    requests=12,
    resent=0,
    stream_time=datetime(2026, 1, 1, tzinfo=UTC),
    trouble=None,
)


def shown(*progress: Progress, terminal: bool = False) -> str:
    """What is printed for these."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, color_system=None)
    with Screen(console, "streaming [to] a hub") as screen:
        for one in progress:
            screen.show(one)
    return out.getvalue()


def test_a_pipe_gets_a_line_every_few_seconds() -> None:
    """And none sooner."""
    soon, later = replace(PROGRESS, elapsed_s=7.0), replace(PROGRESS, elapsed_s=11.5)
    line = "1,234 events sent, 206 a second, behind plan: no\n"
    assert shown(PROGRESS, soon, later) == line * 2


def test_who_cannot_keep_up_reads_so() -> None:
    """How far behind, how much waits, and the last trouble."""
    behind = replace(PROGRESS, lag_s=12.34, waiting=5_000, trouble="503 [busy]")
    assert "behind plan: 12.3 s, 5,000 events wait; 503 [busy]" in shown(behind)


def test_a_terminal_gets_a_picture() -> None:
    """With counts by kind; kinds that did not occur are left out."""
    picture = shown(replace(PROGRESS, resent=2, trouble="[busy]"), terminal=True)
    assert "streaming [to] a hub" in picture
    assert "1,234 in 12 requests, 2 sent again" in picture
    assert "good 1,200, late 34" in picture
    assert "garbage" not in picture
    assert "[busy]" in picture
