"""Histories as they were recorded, and what today's code makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestrators.collect_burst import collect_burst
from orchestrators.prepare_windows import prepare_windows
from orchestrators.run_pipeline import run_pipeline
from orchestrators.scale_clusters import scale_clusters
from orchestrators.score_chunk import score_chunk
from orchestrators.score_segment import score_segment
from tests.orchestrators.replaying import Life, ask, asked

FOLDER = Path(__file__).parent / "histories"
STORIES: dict[str, Callable[..., Any]] = {
    story.__name__: story
    for story in (
        run_pipeline,
        score_segment,
        score_chunk,
        collect_burst,
        prepare_windows,
        scale_clusters,
    )
}
WHAT_TO_DO = """
Runs that are under way while this change is deployed would break: Azure replays their histories
with the new code, which must ask for the same things in the same order. Either keep the change
compatible (new steps after the old ones, or only where a field of the input says so); or, if all
runs will be drained before the deployment, record the histories anew and say so in the changelog:
    python -m tests.orchestrators.record"""


def save(name: str, life: Life, folder: Path = FOLDER) -> None:
    """Writes one life as a recording."""
    recording = {
        "story": life.story,
        "instance_id": life.instance_id,
        "input": life.input,
        "history": life.history,
        "told": life.told,
    }
    text = json.dumps(recording, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def load(path: Path) -> Life:
    """The life that was recorded."""
    recording = json.loads(path.read_text(encoding="utf-8"))
    return Life(**recording)


def check(name: str, life: Life, story: Callable[..., Any]) -> None:
    """Replays every prefix of a recording. Raises AssertionError at the first difference."""
    expected: list[dict[str, Any]] = []
    for step, told in enumerate(life.told, 1):
        answer = ask(story, life, life.history[: told["events"]])
        expected += told["new_actions"]
        where = f"{name}, step {step} of {len(life.told)}: {story.__name__}"
        for number, (was, now) in enumerate(zip(expected, answer["actions"], strict=False), 1):
            assert grown(asked(was), asked(now)), (
                f"{where} action {number} was\n {was}\nand is now\n {now}{WHAT_TO_DO}"
            )
        counted = f"asked for {len(expected)} things and now asks for {len(answer['actions'])}"
        assert len(expected) == len(answer["actions"]), f"{where} {counted}{WHAT_TO_DO}"
        for what in ("isDone", "error", "output"):
            changed = f"{where}: {what} was {told[what]!r} and is now {answer[what]!r}"
            assert grown(told[what], answer[what]), changed + WHAT_TO_DO


def grown(was: Any, now: Any) -> bool:
    """Whether `now` says all that `was` said: messages may gain fields, nothing else may change."""
    if isinstance(was, dict) and isinstance(now, dict):
        return all(name in now and grown(value, now[name]) for name, value in was.items())
    if isinstance(was, str) and isinstance(now, str) and was.startswith("{") and was != now:
        return grown(json.loads(was), json.loads(now))
    return bool(was == now)
