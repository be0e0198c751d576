"""Messages: whatever crosses the durable boundary survives as JSON text, exactly."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest
from pydantic import ValidationError

from domain import messages
from domain.messages import (
    BurstOrder,
    BurstResult,
    ChunkOrder,
    ChunkResult,
    Compacted,
    Failure,
    IntervalLook,
    IntervalOrder,
    JobLook,
    JobOrder,
    Landing,
    Listing,
    Measured,
    Message,
    Metered,
    Moment,
    Plan,
    PlanOrder,
    Policy,
    Prepared,
    Reconciled,
    ReconcileOrder,
    Removed,
    Run,
    RunRecord,
    RunRequest,
    Scaled,
    ScaleOrder,
    SegmentOrder,
    SegmentResult,
    Sized,
    SizeOrder,
    SliceOrder,
    SliceResult,
    StoredCounts,
    Submitted,
    Upserted,
    Watch,
)
from domain.runs import RunStatus, Stage
from tests.domain.samples import TABLE, pipeline

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
RUN = Run(run_id="fleet-r1", pipeline="fleet", start=AT, end=AT + timedelta(days=1), revision=1)
POLICY = Policy.of(pipeline())
WATCH = Watch(attempt=2, job_name="j", delay_s=0.1 + 0.2, progress="Running/7", progress_at=AT)
REQUEST = RunRequest(
    run=RUN,
    trigger="http",
    input="raw/ä 中.csv",
    spec=pipeline(source=TABLE).model_dump(mode="json"),
)

EXAMPLES: list[Message] = [
    RUN,
    REQUEST,
    RunRecord(
        run=RUN,
        status=RunStatus.COMPLETED_WITH_ERRORS,
        stage=Stage.ENDED,
        counts={"windows": 2**53},
        seconds={"total": 1.125},
        facts={"sizing": {"why": "so"}},
        error='said "no"\n',
        reconciled=True,
        at=AT,
        request=REQUEST,
    ),
    Listing(slices=3, files=4, rows=None),
    SliceOrder(run=RUN, slice=3),
    SliceResult(
        slice=3, events_read=9, events_quarantined=1, events_duplicate=2, windows=4, parts=1
    ),
    Prepared(folder="windows/pipeline=fleet/run=r/", counts={"windows": 4}),
    SizeOrder(run=RUN, events=None),
    Sized(rows_per_part=10_000, parts_per_chunk=4, why="0.8 ms per row"),
    ScaleOrder(pipeline="fleet", moment=Moment.RUN_BEGINS, run=RUN),
    Scaled(changed=True, min_instances=1, idle_s=600, why="a run begins"),
    PlanOrder(run=RUN, slices=3),
    Plan(chunks=3, rows=30, segments=1),
    POLICY,
    SegmentOrder(run=RUN, segment=1, first=1, count=50, in_flight=4, policy=POLICY),
    SegmentResult(scored=49, failed=1),
    WATCH,
    ChunkOrder(run=RUN, segment=1, chunk=7, policy=POLICY, attempt=2, watch=WATCH),
    ChunkResult(chunk=7, scored=False),
    JobOrder(run=RUN, segment=1, chunk=7, attempt=2),
    Submitted(job_name="fleet-r1-c00007-a2", adopted=True),
    JobLook(status="NotResponding", progress="NotResponding/3", message="…"),
    Upserted(rows_scored=9, rows_rejected=1, rows_superseded=0),
    Failure(run=RUN, reason="it broke", stage=Stage.SCORING, segment=1, chunk=7, attempt=2),
    ReconcileOrder(run=RUN, windows=10, chunks=1),
    Reconciled(
        chunks_scored=1,
        chunks_failed=0,
        jobs_submitted=2,
        rows_scored=9,
        rows_rejected=1,
        rows_failed=0,
        rows_in_sql=9,
        rows_superseded=0,
        balanced=True,
        explanation="",
    ),
    Measured(columns=6, notes=9, notes_missing=1, worst_psi=0.3, warnings=("psi of x",)),
    Metered(jobs=3, node_seconds=90.5, cost=0.01, currency="EUR", why="0.40 per hour"),
    Removed(rows=3),
    IntervalOrder(pipeline="fleet", interval="2026-01-01T00-15-00Z"),
    BurstOrder(
        pipeline="fleet",
        interval="2026-01-01T00-15-00Z",
        closes_at=AT,
        latest_at=AT,
        quiet_s=5.0,
        max_events=100,
        signalled=7,
        last_signal_at=AT,
        runs=("fleet-20260101T000000Z-20260101T001500Z-r1",),
    ),
    Landing(events=640),
    IntervalLook(events=640, new_events=40, request=REQUEST),
    Compacted(files=9),
    BurstResult(pipeline="fleet", interval="2026-01-01T00-15-00Z", events=640, runs=()),
    StoredCounts(
        chunks_scored=1,
        chunks_failed=0,
        jobs_submitted=2,
        rows_scored=9,
        rows_rejected=1,
        rows_failed=0,
        rows_in_sql=9,
        rows_superseded=0,
    ),
]


def name_of(message: Message) -> str:
    """The message's kind."""
    return type(message).__name__


def test_every_message_has_an_example() -> None:
    """A new message is walked by the tests below as soon as it has one."""
    kinds = {kind for kind in vars(messages).values() if isinstance(kind, type)}
    declared = {kind for kind in kinds if issubclass(kind, Message) and kind is not Message}
    assert {type(example) for example in EXAMPLES} == declared


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_a_message_survives_as_json_text(message: Message) -> None:
    """Equal in every field, and written again the same, byte for byte."""
    text = json.dumps(message.to_json(), allow_nan=False)
    again = type(message).from_json(json.loads(text))
    assert again == message
    assert json.dumps(again.to_json()) == text


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_a_message_is_plain_json(message: Message) -> None:
    """Only dicts, lists, text, numbers, booleans and nulls: the engine pickles nothing."""

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(type(key) is str and plain(item) for key, item in value.items())
        if isinstance(value, list):
            return all(plain(item) for item in value)
        return value is None or type(value) in (str, int, float, bool)

    assert plain(message.to_json())


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_a_message_is_frozen_and_strict(message: Message) -> None:
    """Nothing changes on the way, and nothing unknown is carried along."""
    [field, *_] = type(message).model_fields
    with pytest.raises(ValidationError):
        setattr(message, field, None)
    with pytest.raises(ValidationError):
        type(message).from_json(message.to_json() | {"unknown": 1})


@pytest.mark.parametrize("message", EXAMPLES, ids=name_of)
def test_a_message_does_not_grow_with_the_data(message: Message) -> None:
    """No lists: rows, chunks and files are in the lake, and messages tell names and counts."""
    hints = get_type_hints(type(message)).items()
    lists = [name for name, hint in hints if name != "model_config" and "list" in str(hint)]
    assert not lists
    assert len(json.dumps(message.to_json())) < 8_000


def test_an_instant_without_a_zone_is_refused() -> None:
    """Nobody guesses what a naive time means."""
    with pytest.raises(ValidationError, match="timezone"):
        Run.from_json(RUN.to_json() | {"start": "2026-01-01T00:00:00"})


def test_an_instant_keeps_its_moment_across_zones() -> None:
    """Another zone is the same run."""
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert Run.from_json(RUN.to_json() | {"start": there.isoformat()}) == RUN


def test_the_policy_is_what_the_pipeline_says() -> None:
    """In seconds."""
    policy = Policy.of(pipeline(model__job_timeout="90m", model__poll={"first": "500ms"}))
    assert (policy.job_timeout_s, policy.poll_first_s, policy.poll_cap_s) == (5400, 0.5, 120)
