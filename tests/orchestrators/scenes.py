"""Who plays in the orchestrators' tests: a pipeline, a run, and a world in which all goes well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from domain import names
from domain.messages import (
    ChunkOrder,
    JobLook,
    Listing,
    Measured,
    Metered,
    Plan,
    Policy,
    Reconciled,
    Run,
    RunRequest,
    Scaled,
    SegmentOrder,
    SegmentResult,
    Sized,
    SliceResult,
    Submitted,
    Upserted,
)
from domain.pipeline import Pipeline, parse_pipeline
from domain.requests import run_request
from domain.spans import Span
from tests.orchestrators.replaying import Broken, Json

Handler = Callable[[Json], Json]
SPAN = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
REFUSED = {"refused": {"error": "EndpointError", "message": "there is no endpoint 'anomaly'"}}


def pipeline(**chunks: Any) -> Pipeline:
    """A small pipeline; `chunks` are its chunks section."""
    return parse_pipeline(
        {
            "name": "fleet",
            "source": {"kind": "files", "path": "raw/*.csv", "timestamp": "ts", "key": ["device"]},
            "windows": {"kind": "tumbling", "size": "5m"},
            "aggregates": {"events": {"function": "count"}},
            "model": {
                "endpoint": "anomaly",
                "job_timeout": "30m",
                "poll": {"first": "10s", "factor": 2, "cap": "1m"},
            },
            "chunks": chunks,
            "output": {"table": "fleet_scores", "columns": {"score": "float"}},
        }
    )


def request(**chunks: Any) -> RunRequest:
    """The input of `run_pipeline`."""
    return run_request(pipeline(**chunks), SPAN, trigger="http")


def run() -> Run:
    """The run that everything here works for."""
    return request().run


def segment_order(count: int, in_flight: int, first: int = 1) -> SegmentOrder:
    """The input of `score_segment`."""
    policy = Policy.of(pipeline())
    return SegmentOrder(
        run=run(), segment=1, first=first, count=count, in_flight=in_flight, policy=policy
    )


def chunk_order(**policy: Any) -> ChunkOrder:
    """The input of `score_chunk`; `policy` replaces parts of the pipeline's."""
    changed = Policy.of(pipeline()).model_copy(update=policy)
    return ChunkOrder(run=run(), segment=1, chunk=7, policy=changed)


def answer(message: Any) -> Json:
    """What the boundary makes of an activity's answer."""
    return {"answer": message if isinstance(message, dict) else message.to_json()}


def refusal(error: str, message: str) -> Json:
    """What the boundary makes of an activity's refusal."""
    return {"refused": {"error": error, "message": message}}


def always(result: Json) -> Handler:
    """A function that answers the same every time; an exception is raised."""
    return in_turn(result, forever=True)


def in_turn(*results: Json, forever: bool = False) -> Handler:
    """A function that answers one after the other; asked more often, it fails the test."""
    left = list(results)

    def handle(_: Json) -> Json:
        assert left, "was asked more often than this test expects"
        result = left[0] if forever and len(left) == 1 else left.pop(0)
        if isinstance(result, Broken):
            raise result
        return result

    return handle


def run_world(*, slices: int = 2, chunks: int = 3, size: int = 50, **other: Handler) -> Any:
    """What a run meets when all goes well: ten windows a chunk."""
    return {
        names.RECORD_RUN: always(answer({})),
        names.REPORT_FAILURE: always(answer({})),
        names.CHECK_ENDPOINT: always(answer({"deployment": "blue"})),
        names.PIN_PIPELINE: always(answer({})),
        names.SCALE_COMPUTE: always(answer(Scaled(changed=False, why="the cost policy is off"))),
        names.SIZE_CHUNKS: always(
            answer(Sized(rows_per_part=10, parts_per_chunk=1, why="the pipeline says so"))
        ),
        names.MEASURE_QUALITY: always(answer(Measured(columns=3, notes=2, notes_missing=0))),
        names.METER_RUN: always(answer(Metered(jobs=3, node_seconds=90.0, why="no price"))),
        names.LIST_INPUTS: always(answer(Listing(slices=slices, files=4, rows=1000))),
        names.AGGREGATE_WINDOWS: _aggregate,
        names.PLAN_CHUNKS: always(
            answer(Plan(chunks=chunks, rows=10 * chunks, segments=-(-chunks // size)))
        ),
        names.SCORE_SEGMENT: _score_segment,
        names.RECONCILE_RUN: always(answer(reconciled(chunks))),
        **other,
    }


def chunk_world(*looks: JobLook, **other: Handler) -> Any:
    """What a chunk meets when all goes well; `looks` are what it sees of its jobs."""
    return {
        names.SUBMIT_SCORING_JOB: lambda order: answer(
            Submitted(job_name=f"job-{order['attempt']}", adopted=False)
        ),
        names.GET_JOB_STATUS: in_turn(*[answer(look) for look in looks]),
        names.UPSERT_SCORES: always(
            answer(Upserted(rows_scored=10, rows_rejected=0, rows_superseded=0))
        ),
        names.CANCEL_JOB: always(answer({})),
        names.REPORT_FAILURE: always(answer({})),
        **other,
    }


def look(status: str, files: int = 0, message: str = "") -> JobLook:
    """A look at a job that has written so many files."""
    return JobLook(status=status, progress=f"{status}/{files}", message=message)


def reconciled(chunks: int, failed: int = 0, *, explanation: str = "") -> Reconciled:
    """What SQL holds of a run with so many chunks, ten windows each."""
    scored = 10 * (chunks - failed)
    return Reconciled(
        chunks_scored=chunks - failed,
        chunks_failed=failed,
        jobs_submitted=chunks,
        rows_scored=scored,
        rows_rejected=0,
        rows_failed=10 * failed,
        rows_in_sql=scored,
        rows_superseded=0,
        balanced=not explanation,
        explanation=explanation,
    )


def _aggregate(order: Json) -> Json:
    result = SliceResult(
        slice=order["slice"],
        events_read=500,
        events_quarantined=1,
        events_duplicate=2,
        windows=15,
        parts=2,
    )
    return answer(result)


def _score_segment(order: Json) -> Json:
    return SegmentResult(scored=order["count"], failed=0).to_json()
