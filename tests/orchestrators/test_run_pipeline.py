"""One run, from its input to its proof."""

from itertools import pairwise

from domain import names
from domain.messages import Failure, Listing, Plan, Removed, RunRecord, SliceResult
from domain.runs import RunStatus, Stage
from orchestrators.aggregating import SLICES_IN_FLIGHT
from orchestrators.calls import SERVICE_RETRY
from orchestrators.run_pipeline import run_pipeline
from tests.orchestrators.replaying import Broken, Life, Takes, World, play
from tests.orchestrators.scenes import (
    Handler,
    always,
    answer,
    in_turn,
    reconciled,
    refusal,
    request,
    run_world,
)

DOWN = Broken("Login failed for user ''. (18456)\nTraceback ...")


def run(world: World, **chunks: object) -> Life:
    """The only life of a run."""
    [life] = play(run_pipeline, request(**chunks).to_json(), world)
    return life


def gone(rows: int) -> Handler:
    """An activity that removed so many rows."""
    return always(answer(Removed(rows=rows)))


def proof(failed: int) -> Handler:
    """A reconciliation of three chunks."""
    return always(answer(reconciled(3, failed)))


def records(life: Life) -> list[RunRecord]:
    """What the run wrote into the ledger."""
    return [RunRecord.from_json(call.input) for call in life.called(names.RECORD_RUN)]


def reports(life: Life) -> list[Failure]:
    """What the run reported as failed."""
    return [Failure.from_json(call.input) for call in life.called(names.REPORT_FAILURE)]


def test_a_run_goes_through_its_stages_in_order() -> None:
    """Endpoint and input are looked at before anything is computed, and the ledger hears last."""
    life = run(run_world(slices=3))
    assert [call.name for call in life.calls] == [
        *["record_run", "scale_compute"],
        *["check_endpoint", "list_inputs", "size_chunks", "record_run"],
        *["aggregate_windows"] * 3,
        *["record_run", "plan_chunks", "record_run"],
        *["score_segment", "reconcile_run", "measure_quality", "meter_run"],
        *["scale_compute", "record_run"],
    ]


def test_a_run_that_went_well_is_completed_with_all_its_counts() -> None:
    """The output is the ledger's last line: counts of every stage, added up over the slices."""
    life = run(run_world(slices=3, chunks=4))
    record = RunRecord.from_json(life.output)
    assert (life.error, record.status, record.reconciled) == (None, RunStatus.COMPLETED, True)
    counts = {"files": 4, "slices": 3, "slices_done": 3, "chunks": 4, "segments": 1}
    counts |= {"events_read": 1500, "events_quarantined": 3, "events_duplicate": 6}
    counts |= {"windows": 45, "parts": 6, "rows_in_sql": 40, "jobs_submitted": 4}
    assert record.counts | counts == record.counts
    assert records(life)[-1] == record


def test_only_the_first_record_carries_the_request() -> None:
    """The first record pins the pipeline, so the others need not carry it."""
    sent = request()
    [life] = play(run_pipeline, sent.to_json(), run_world())
    assert [record.request for record in records(life)] == [sent, None, None, None, None]


def test_the_ledger_hears_what_was_decided_and_found() -> None:
    """Deployment, sizes, quality and cost are facts of the run; so are rejected rows by kind."""
    proof = reconciled(3).model_copy(update={"rejected": {"unknown key": 2}})
    life = run(run_world(**{names.RECONCILE_RUN: always(answer(proof))}))
    facts = records(life)[-1].facts
    assert facts["deployment"] == "blue"
    assert facts["sizing"]["why"] == "the pipeline says so"
    assert facts["rejected"] == {"unknown key": 2}
    assert (facts["quality"]["columns"], facts["cost"]["node_seconds"]) == (3, 90.0)


def test_a_run_does_not_fail_by_what_is_only_worth_knowing() -> None:
    """Quality, cost and the cluster's settings are tried; the ledger says what went wrong."""
    broken = {
        names.SCALE_COMPUTE: always(DOWN),
        names.MEASURE_QUALITY: always(refusal("LakeError", "no such container")),
        names.METER_RUN: always(DOWN),
    }
    life = run(run_world(**broken))
    record = records(life)[-1]
    assert record.status is RunStatus.COMPLETED
    assert record.facts["quality"] == {"error": "no such container"}
    assert record.facts["cost"] == {"error": "Login failed for user ''. (18456)"}
    assert [call.attempts for call in life.called(names.SCALE_COMPUTE)] == [1, 1]


def test_a_run_that_began_before_goes_on_as_it_began() -> None:
    """A run of story 1 asks for none of the steps that came later."""
    sent = request().model_copy(update={"story": 1}).to_json()
    [life] = play(run_pipeline, sent, run_world())
    later = {"scale_compute", "size_chunks", "measure_quality", "meter_run"}
    assert not later & {call.name for call in life.calls}
    assert RunRecord.from_json(life.output).status is RunStatus.COMPLETED


def test_the_custom_status_tells_the_stage_and_the_counts() -> None:
    """A status query sees the stages in order, and slices as they end."""
    statuses = run(run_world(slices=3)).statuses
    stages = list(dict.fromkeys(status["stage"] for status in statuses))
    assert stages == [stage.value for stage in Stage]
    done = [s["counts"]["slices_done"] for s in statuses if s["stage"] == "aggregating"]
    assert done == sorted(done)
    assert {1, 2} <= set(done)


def test_the_seconds_of_the_stages_add_up_to_the_total() -> None:
    """Time is the orchestration's own, and no moment is lost between two stages."""
    record = RunRecord.from_json(run(run_world(slices=3)).output)
    spent = dict(record.seconds)
    assert spent.pop("total") == sum(spent.values()) > 0
    assert set(spent) == {stage.value for stage in Stage} - {"ended"}


def test_an_endpoint_that_is_not_there_fails_the_run_at_once() -> None:
    """A refusal is not tried again: reported once, with its reason, before anything is computed."""
    refused = refusal("EndpointError", "there is no endpoint 'anomaly'")
    life = run(run_world(**{names.CHECK_ENDPOINT: always(refused)}))
    assert life.error == "there is no endpoint 'anomaly'"
    assert [call.attempts for call in life.called(names.CHECK_ENDPOINT)] == [1]
    assert not life.called(names.AGGREGATE_WINDOWS)
    [report] = reports(life)
    assert (report.reason, report.stage, report.final) == (life.error, Stage.LISTING, True)
    assert (report.chunk, report.attempt) == (None, None)
    last = records(life)[-1]
    assert (last.status, last.error, last.stage) == (RunStatus.FAILED, life.error, Stage.ENDED)


def test_an_input_that_cannot_be_read_fails_the_run() -> None:
    """What list_inputs says about the files stands in the ledger, every line of it."""
    message = "the files have problems:\n  a.csv: has no column `ts`\n  b.csv: is empty"
    life = run(run_world(**{names.LIST_INPUTS: always(refusal("SourceError", message))}))
    assert records(life)[-1].error == message


def test_failures_that_pass_are_ridden_out() -> None:
    """A service that comes back within the retry policy leaves no trace in the result."""
    down = [DOWN] * 5
    life = run(
        run_world(
            **{
                names.RECORD_RUN: in_turn(*down, answer({}), forever=True),
                names.PLAN_CHUNKS: in_turn(*down, answer(Plan(chunks=3, rows=30, segments=1))),
                names.RECONCILE_RUN: in_turn(*down, answer(reconciled(3))),
            }
        )
    )
    assert RunRecord.from_json(life.output).status is RunStatus.COMPLETED
    assert life.called(names.PLAN_CHUNKS)[0].attempts == 6
    assert not reports(life)


def test_parallel_work_is_retried_by_itself() -> None:
    """A slice that is tried again does not disturb the ones beside it."""
    good = run_world()[names.AGGREGATE_WINDOWS]
    seen: list[int] = []

    def second_slice_stumbles(order: dict[str, int]) -> object:
        seen.append(order["slice"])
        if order["slice"] == 2 and seen.count(2) <= 3:
            raise DOWN
        return good(order)

    life = run(run_world(slices=4, **{names.AGGREGATE_WINDOWS: second_slice_stumbles}))
    assert [call.attempts for call in life.called(names.AGGREGATE_WINDOWS)] == [1, 4, 1, 1]
    assert RunRecord.from_json(life.output).counts["slices_done"] == 4


def test_a_service_that_stays_away_fails_the_run_with_its_own_words() -> None:
    """The reason is the first line of the last failure, without a traceback."""
    life = run(run_world(**{names.LIST_INPUTS: always(DOWN)}))
    assert life.error == "Login failed for user ''. (18456)"
    [call] = life.called(names.LIST_INPUTS)
    assert call.attempts == SERVICE_RETRY.max_number_of_attempts
    assert records(life)[-1].status is RunStatus.FAILED


def test_a_report_that_cannot_be_made_does_not_keep_the_ledger_waiting() -> None:
    """The ledger tells the first reason, not that of the report."""
    life = run(
        run_world(
            **{
                names.LIST_INPUTS: always(refusal("SourceError", "no column `ts`")),
                names.REPORT_FAILURE: always(refusal("ScoresDbError", "no such table")),
            }
        )
    )
    assert (life.error, records(life)[-1].error) == ("no column `ts`", "no column `ts`")


def test_a_segment_that_breaks_off_fails_the_run() -> None:
    """Nobody proves a run of which a part is missing."""
    life = run(run_world(**{names.SCORE_SEGMENT: always(Broken("it was terminated"))}))
    assert life.error == "it was terminated"
    assert not life.called(names.RECONCILE_RUN)


def test_an_empty_span_may_be_a_completed_run() -> None:
    """With `on_empty: complete` the activities answer zeros, and nothing is scored."""
    nothing = SliceResult(
        slice=1, events_read=0, events_quarantined=0, events_duplicate=0, windows=0, parts=0
    )
    zeros = {
        names.LIST_INPUTS: always(answer(Listing(slices=1, files=0, rows=0))),
        names.AGGREGATE_WINDOWS: always(answer(nothing)),
    }
    life = run(run_world(chunks=0, **zeros))
    assert RunRecord.from_json(life.output).status is RunStatus.COMPLETED
    assert not life.called(names.SCORE_SEGMENT)


def test_slices_are_aggregated_some_at_a_time() -> None:
    """A new slice starts whenever one ends, and never more than the limit run at once."""
    life = run(run_world(slices=7))
    assert life.peak(names.AGGREGATE_WINDOWS) == SLICES_IN_FLIGHT
    assert [c.input["slice"] for c in life.called(names.AGGREGATE_WINDOWS)] == list(range(1, 8))


def test_a_slow_slice_does_not_hold_up_the_others() -> None:
    """The place of a slice that ended is taken at once."""
    good = run_world()[names.AGGREGATE_WINDOWS]
    first_is_slow = {
        names.AGGREGATE_WINDOWS: lambda o: Takes(100 if o["slice"] == 1 else 1, good(o))
    }
    calls = run(run_world(slices=5, **first_is_slow)).called(names.AGGREGATE_WINDOWS)
    assert [(b.at - a.at).total_seconds() for a, b in pairwise(calls)] == [0, 1, 1, 1]


def test_a_newer_revision_removes_what_is_there_no_more() -> None:
    """Once every chunk is scored, rows of older revisions that were not written again go."""
    again = request().to_json()
    again["run"] |= {"revision": 2}
    [life] = play(run_pipeline, again, run_world(**{names.REMOVE_VANISHED: gone(3)}))
    [call] = life.called(names.REMOVE_VANISHED)
    assert call.input["revision"] == 2
    assert RunRecord.from_json(life.output).counts["rows_vanished"] == 3


def test_nothing_is_removed_where_this_run_may_have_missed_something() -> None:
    """The first revision, one from another input, and one with failed chunks remove nothing."""
    first, other_input, failed = (request().to_json() for _ in range(3))
    other_input["input"] = "raw/some.csv"
    for changed in (other_input, failed):
        changed["run"] |= {"revision": 2}
    segments = always({"scored": 2, "failed": 1})
    broken = run_world(**{names.SCORE_SEGMENT: segments, names.RECONCILE_RUN: proof(failed=1)})
    for sent, meets in ((first, run_world()), (other_input, run_world()), (failed, broken)):
        [life] = play(run_pipeline, sent, meets)
        assert not life.called(names.REMOVE_VANISHED)
