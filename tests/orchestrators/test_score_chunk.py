"""One chunk: a job that goes well, and how it is watched."""

from domain import names
from domain.messages import ChunkOrder, Watch
from orchestrators.score_chunk import LOOKS_PER_LIFE, score_chunk
from tests.orchestrators.replaying import BEGAN, Life, World, play
from tests.orchestrators.scenes import chunk_order, chunk_world, look


def chunk(world: World, **policy: object) -> list[Life]:
    """The lives of a chunk's orchestration."""
    return play(score_chunk, chunk_order(**policy).to_json(), world)


def pauses(lives: list[Life]) -> list[float]:
    """Seconds before each look."""
    return [call.wait.total_seconds() for life in lives for call in life.called("timer")]


def test_a_job_that_goes_well_is_submitted_watched_and_collected() -> None:
    """One submission, looks until the job has completed, one upsert."""
    [life] = chunk(chunk_world(look("Queued"), look("Running"), look("Completed", 1)))
    assert [call.name for call in life.calls] == [
        "submit_scoring_job",
        *["timer", "get_job_status"] * 3,
        "upsert_scores",
    ]
    assert life.output == {"chunk": 7, "scored": True}


def test_every_activity_is_told_run_segment_chunk_and_attempt() -> None:
    """The order is all that an activity gets; the rest lies in the lake."""
    [life] = chunk(chunk_world(look("Completed")))
    asked = [call.input for call in life.calls if call.name != "timer"]
    order = chunk_order()
    expected = {"run": order.run.to_json(), "segment": 1, "chunk": 7, "attempt": 1}
    assert asked == [expected] * 3


def test_looks_grow_rarer_up_to_the_cap() -> None:
    """The pauses are first, first x factor, ... and then the cap."""
    looks = [look("Running", n) for n in range(5)] + [look("Completed")]
    lives = chunk(chunk_world(*looks), poll_first_s=2.5, poll_factor=1.6, poll_cap_s=15.0)
    assert pauses(lives) == [2.5, 4.0, 6.4, 10.24, 15.0, 15.0]


def test_a_long_job_is_watched_by_several_lives() -> None:
    """Each life has a bounded number of looks; the job is not submitted again."""
    looks = [look("Running", n) for n in range(2 * LOOKS_PER_LIFE)] + [look("Completed")]
    lives = chunk(chunk_world(*looks))
    assert [len(life.called(names.GET_JOB_STATUS)) for life in lives] == [30, 30, 1]
    assert [len(life.called(names.SUBMIT_SCORING_JOB)) for life in lives] == [1, 0, 0]
    assert lives[-1].output == {"chunk": 7, "scored": True}
    longest = max(len(life.history) for life in lives)
    assert longest < 12 * LOOKS_PER_LIFE


def test_a_new_life_goes_on_where_the_last_one_stopped() -> None:
    """Job, attempt, pause and progress survive; nothing else changes."""
    looks = [look("Running", n // 10) for n in range(LOOKS_PER_LIFE)] + [look("Completed")]
    first, second = chunk(chunk_world(*looks))
    order = ChunkOrder.from_json(second.input)
    progress_at = first.called(names.GET_JOB_STATUS)[20].at
    assert order.watch is not None
    assert order.watch == Watch(
        attempt=1,
        job_name="job-1",
        delay_s=60.0,
        progress="Running/2",
        progress_at=order.watch.progress_at,
    )
    assert 0 <= (order.watch.progress_at - progress_at).total_seconds() <= 1
    assert order.model_copy(update={"watch": None}) == chunk_order()
    assert pauses([second]) == [60.0]


def test_the_clock_is_the_orchestrations_own() -> None:
    """Progress is dated by the simulated clock: no look at the machine's."""
    looks = [look("Running")] * LOOKS_PER_LIFE + [look("Completed")]
    _, second = chunk(chunk_world(*looks), job_timeout_s=86400.0)
    watch = ChunkOrder.from_json(second.input).watch
    assert watch is not None
    assert 0 < (watch.progress_at - BEGAN).total_seconds() < 60
