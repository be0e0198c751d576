"""How large parts and jobs are made, and how it is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.job_times import JobTimes
from domain.messages import Sized
from domain.pipeline.chunks import PARTS_PER_CHUNK, ROWS_PER_PART, Chunks
from domain.sizing import LONGEST_PART_S, Expected, Workers, choose_sizes

MEASURED = JobTimes(jobs=42, overhead_s=31, node_seconds_per_row=0.0008)
EXPECTED = Expected(events=5_000_000, windows=1_200_000)
TWO = Workers(instances=1, concurrency=2)


def auto(**more: object) -> Chunks:
    """Sizes that are to be found."""
    return Chunks.model_validate({"rows_per_part": "auto", "parts_per_chunk": "auto", **more})


def job_s(sized: Sized, times: JobTimes, workers: Workers) -> float:
    """How long a full job takes."""
    rows = sized.rows_per_part * sized.parts_per_chunk
    return times.overhead_s + rows * times.node_seconds_per_row / workers.instances


def test_numbers_stay_as_they_are() -> None:
    """Whatever past jobs took."""
    sized = choose_sizes(Chunks(rows_per_part=123, parts_per_chunk=4), MEASURED, TWO, EXPECTED)
    assert (sized.rows_per_part, sized.parts_per_chunk) == (123, 4)
    assert sized.why == "123 rows x 4 parts, as the pipeline's file says"


def test_the_first_run_has_the_defaults() -> None:
    """There is nothing to go by, and the reason says so."""
    sized = choose_sizes(auto(), None, TWO, EXPECTED)
    assert (sized.rows_per_part, sized.parts_per_chunk) == (ROWS_PER_PART, PARTS_PER_CHUNK)
    assert "not enough past jobs" in sized.why


def test_the_reason_has_the_numbers() -> None:
    """What was measured, what is expected, what it comes to, and which limit decided."""
    sized = choose_sizes(auto(), MEASURED, TWO, EXPECTED)
    assert sized.why == (
        "from 42 past jobs: 31 s overhead, 0.8 ms per row; 5 million events give about 1.2 million "
        "windows; jobs of 6 parts x 25,833 rows take about 2.6 min, 20% of it overhead "
        "(overhead_share decides)"
    )


def test_a_run_with_much_data_has_jobs_of_the_longest_length() -> None:
    """Fewer jobs are less overhead."""
    sized = choose_sizes(auto(), MEASURED, TWO, Expected(windows=10**9))
    assert 0.95 * 600 <= job_s(sized, MEASURED, TWO) <= 600
    assert "job_length decides" in sized.why


def test_a_run_in_between_gives_every_job_in_flight_its_share() -> None:
    """It is neither one long job nor many short ones."""
    sized = choose_sizes(auto(chunks_in_flight=8), MEASURED, TWO, Expected(windows=2_000_000))
    assert 0.99 * 250_000 <= sized.rows_per_part * sized.parts_per_chunk <= 250_000
    assert "so that 8 jobs share the run" in sized.why


def test_no_job_is_shorter_than_until_somebody_looks() -> None:
    """Quick jobs with little overhead would only wait to be seen; job_length still wins."""
    quick = JobTimes(jobs=9, overhead_s=0.2, node_seconds_per_row=0.001)
    sized = choose_sizes(auto(), quick, TWO, Expected(windows=1000), first_look_s=10)
    assert 9.9 < job_s(sized, quick, TWO) <= 10
    assert "no shorter than until the first look" in sized.why
    short = choose_sizes(auto(job_length="5s"), quick, TWO, Expected(), first_look_s=10)
    assert job_s(short, quick, TWO) <= 5


def test_contradicting_limits_are_told_and_the_length_wins() -> None:
    """31 s of overhead cannot be a tenth of a job of one minute."""
    sized = choose_sizes(auto(overhead_share="10%", job_length="1m"), MEASURED, TWO, EXPECTED)
    assert job_s(sized, MEASURED, TWO) <= 60
    assert "but job_length wins" in sized.why


def test_a_length_that_no_job_can_keep_is_told() -> None:
    """Jobs without rows would take longer."""
    sized = choose_sizes(auto(job_length="30s"), MEASURED, TWO, EXPECTED)
    assert "no job can be as short as job_length" in sized.why
    assert 0.19 < 31 / job_s(sized, MEASURED, TWO) < 0.21


def test_what_is_a_number_stays_and_the_other_follows() -> None:
    """Parts of 10,000 rows, or four parts: the job is as large as otherwise."""
    free = choose_sizes(auto(), MEASURED, TWO, EXPECTED)
    size = free.rows_per_part * free.parts_per_chunk
    parts = choose_sizes(auto(rows_per_part=10_000), MEASURED, TWO, EXPECTED)
    rows = choose_sizes(auto(parts_per_chunk=4), MEASURED, TWO, EXPECTED)
    assert (parts.rows_per_part, parts.parts_per_chunk) == (10_000, size // 10_000)
    assert rows.parts_per_chunk == 4
    assert abs(rows.rows_per_part * 4 - size) < 10


def test_every_worker_has_a_few_parts_and_no_part_takes_long() -> None:
    """Eight workers have 24 parts; in a long job a part is still done within a minute."""
    many = choose_sizes(auto(), MEASURED, Workers(4, 2), Expected(windows=10**6))
    assert many.parts_per_chunk == 24
    long = choose_sizes(auto(job_length="1h"), MEASURED, TWO, Expected(windows=10**9))
    assert long.rows_per_part * MEASURED.node_seconds_per_row * TWO.concurrency <= LONGEST_PART_S


def test_more_nodes_do_more_rows_in_the_same_time() -> None:
    """A job of four nodes has four times the rows of one."""
    much = Expected(windows=10**9)
    one, four = (choose_sizes(auto(), MEASURED, Workers(n, 2), much) for n in (1, 4))
    assert job_s(four, MEASURED, Workers(4, 2)) > 0.95 * 600
    assert four.rows_per_part * four.parts_per_chunk > 3.9 * one.rows_per_part * one.parts_per_chunk


@given(
    st.floats(0, 600),
    st.floats(1e-6, 1),
    st.integers(1, 99),
    st.integers(1, 7200),
    st.builds(Workers, st.integers(1, 16), st.integers(1, 8)),
    st.builds(Expected, st.none(), st.none() | st.integers(0, 10**9)),
)
def test_limits_are_kept_whenever_they_can_be(
    overhead_s: float, row_s: float, share: int, length_s: int, workers: Workers, expected: Expected
) -> None:
    """A job is as short as job_length unless no job is; and the answer is a valid one."""
    times = JobTimes(10, overhead_s, row_s)
    chunks = auto(overhead_share=f"{share}%", job_length=f"{length_s}s")
    sized = choose_sizes(chunks, times, workers, expected)
    assert 1 <= sized.parts_per_chunk <= 1000
    one_row = row_s / workers.instances
    if length_s > overhead_s:
        assert job_s(sized, times, workers) <= length_s + one_row + 1e-6
