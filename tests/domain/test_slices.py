"""Slices: the span is covered exactly, and each piece of the input is read about once."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.slices import MOST_SLICES, Piece, Slice, cut_slices, even_slices
from domain.spans import Span
from domain.windows import from_us, grid_ceil, to_us, window_ends

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BEGAN = 1_767_225_600_000_000  # 2026-01-01
SPAN = Span(from_us(BEGAN), from_us(BEGAN + DAY))


@st.composite
def pieces(draw: st.DrawFn) -> list[Piece]:
    """Row groups and whole files, in time order, overlapping, or covering everything."""
    found = []
    for number in range(draw(st.integers(0, 25))):
        first = BEGAN + draw(st.integers(-3 * HOUR, DAY + 3 * HOUR))
        length = draw(st.sampled_from([0, MINUTE, HOUR, 5 * HOUR, 30 * HOUR]))
        row_group = draw(st.none() | st.integers(0, 9))
        rows = draw(st.integers(0, 1000))
        found.append(Piece(f"{number}.file", row_group, first, first + length, rows))
    return found


hours = st.integers(1, 12).map(lambda n: n * HOUR)


def cut(found: list[Piece], rows: int, size: int = HOUR, hop: int = HOUR) -> list[Slice]:
    """The slices of a day."""
    return cut_slices(found, SPAN, rows_per_slice=rows, hop_us=hop, offset_us=0, reach_us=size)


def rows_read(slices: list[Slice]) -> int:
    """Rows of all pieces that all slices read."""
    return sum(piece.rows for one in slices for piece in (*one.owned, *one.shared))


def row_groups(count: int, rows: int, overlap: int = 0) -> list[Piece]:
    """Row groups in time order that fill the day."""
    step = DAY // count
    return [
        Piece("a.parquet", n, BEGAN + n * step, BEGAN + (n + 1) * step - 1 + overlap, rows)
        for n in range(count)
    ]


def assert_covered(slices: list[Slice]) -> None:
    """The slices follow each other from the span's start to its end, and are numbered."""
    assert slices[0].start_us == SPAN.start_us
    assert slices[-1].end_us == SPAN.end_us
    assert all(a.end_us == b.start_us for a, b in pairwise(slices))
    assert all(one.start_us < one.end_us for one in slices)
    assert [one.index for one in slices] == list(range(1, len(slices) + 1))


@given(
    found=pieces(), rows=st.integers(1, 4000), size=hours, hop=hours, offset=st.integers(0, HOUR)
)
def test_slices_cover_the_span_exactly(
    found: list[Piece], rows: int, size: int, hop: int, offset: int
) -> None:
    """Cuts inside the span lie on the windows' grid."""
    slices = cut_slices(
        found, SPAN, rows_per_slice=rows, hop_us=hop, offset_us=offset, reach_us=max(size, hop)
    )
    assert_covered(slices)
    inside = [one.end_us for one in slices[:-1]]
    assert all(grid_ceil(us, hop, offset) == us for us in inside)


@given(found=pieces(), rows=st.integers(1, 4000), times=st.integers(1, 6), at=st.data())
def test_a_slice_reads_every_piece_that_its_windows_may_need(
    found: list[Piece], rows: int, times: int, at: st.DataObject
) -> None:
    """Wherever an event lies in its piece, the slices of its windows read the piece."""
    slices = cut(found, rows, size=times * HOUR)
    for piece in found:
        event = at.draw(st.integers(piece.first_us, piece.last_us))
        for closed in ("right", "left"):
            for end in window_ends(event, times * HOUR, HOUR, closed=closed):
                for one in slices:
                    if one.start_us < end <= one.end_us:
                        assert piece in one.owned or piece in one.shared


@given(found=pieces(), rows=st.integers(1, 4000), size=hours)
def test_a_piece_is_owned_by_the_first_slice_that_reads_it(
    found: list[Piece], rows: int, size: int
) -> None:
    """So that its events are counted once; the slices after it share it."""
    seen: set[Piece] = set()
    for one in cut(found, rows, size):
        assert seen.isdisjoint(one.owned)
        assert seen.issuperset(one.shared)
        seen.update(one.owned)
    used = {p for p in found if p.first_us <= SPAN.end_us and p.last_us >= SPAN.start_us - size}
    assert seen == used


@given(found=pieces(), rows=st.integers(1, 4000))
def test_no_cut_goes_through_a_whole_file(found: list[Piece], rows: int) -> None:
    """A text file can only be read from its beginning."""
    cuts = [one.end_us for one in cut(found, rows)[:-1]]
    files = [piece for piece in found if piece.row_group is None]
    assert not [1 for us in cuts for file in files if file.first_us <= us < file.last_us]


@given(found=pieces(), rows=st.integers(1, 4000), size=hours)
def test_all_slices_together_read_at_most_twice_the_rows(
    found: list[Piece], rows: int, size: int
) -> None:
    """However the pieces overlap, and however far windows reach back."""
    assert rows_read(cut(found, rows, size)) <= 2 * sum(piece.rows for piece in found)


def test_row_groups_in_time_order_are_cut_about_where_asked() -> None:
    """A thousand row groups, ten slices, hardly anything read twice."""
    slices = cut(row_groups(1440, 100), rows=14_400, size=5 * MINUTE, hop=5 * MINUTE)
    assert len(slices) == 10
    assert rows_read(slices) < 1.1 * 144_000


def test_there_are_never_more_slices_than_one_orchestration_drives() -> None:
    """However small a slice may be; also when the last event lies before the span's end."""
    for count in (200, 201, 1000, 1440):
        found = row_groups(count, 7)[: count - 1]
        assert 50 < len(cut(found, rows=1, size=MINUTE, hop=MINUTE)) <= MOST_SLICES


def test_the_last_piece_is_followed_by_no_slice_of_its_own() -> None:
    """Two hundred pieces, each worth a slice, are two hundred slices: the last reaches the end."""
    found = [
        Piece("a.parquet", n, BEGAN + n * 6 * MINUTE + 1, BEGAN + n * 6 * MINUTE + 1, 7)
        for n in range(MOST_SLICES)
    ]
    slices = cut(found, rows=1, size=MINUTE, hop=MINUTE)
    assert len(slices) == MOST_SLICES
    assert all(len(one.owned) == 1 for one in slices)


def test_a_file_sorted_by_device_is_read_once() -> None:
    """Every row group covers the day, so there is one slice."""
    found = [Piece("a.parquet", n, BEGAN, BEGAN + DAY - n, 1000) for n in range(50)]
    slices = cut(found, rows=1000)
    assert len(slices) == 1
    assert rows_read(slices) == 50_000


def test_a_piece_without_statistics_is_not_read_by_every_slice() -> None:
    """One that covers everything makes slices larger, not the reading endless."""
    blind = Piece("blind.parquet", 0, BEGAN - DAY, BEGAN + 2 * DAY, 300_000)
    slices = cut([*row_groups(1440, 1000), blind], rows=10_000, size=MINUTE, hop=MINUTE)
    assert 2 <= len(slices) <= 6
    assert rows_read(slices) <= 2 * 1_740_000


def test_windows_without_a_grid_are_cut_behind_any_piece() -> None:
    """Sessions may end at any microsecond: a cut follows the last event of a piece."""
    found = row_groups(24, 1000)
    slices = cut(found, rows=6000, size=0, hop=1)
    assert [one.end_us for one in slices[:-1]] == [found[n].last_us for n in (5, 11, 17)]
    assert rows_read(slices) < 1.2 * 24_000


def test_windows_that_reach_far_back_make_slices_longer() -> None:
    """With six hours of history per window, a slice is worth it after six hours."""
    slices = cut(row_groups(1440, 1000), rows=10_000, size=6 * HOUR, hop=MINUTE)
    assert len(slices) >= 3
    assert rows_read(slices) <= 2 * 1_440_000


def test_text_files_are_cut_between_each_other() -> None:
    """One file an hour: slices of whole hours."""
    found = [
        Piece(f"{n:02}.csv", None, BEGAN + n * HOUR + 1, BEGAN + (n + 1) * HOUR, 1000)
        for n in range(24)
    ]
    slices = cut(found, rows=6000)
    assert [(one.end_us - BEGAN) // HOUR for one in slices] == [6, 12, 18, 24]
    assert all(len(one.owned) == 6 for one in slices)


def test_a_span_without_input_is_one_empty_slice() -> None:
    """So that an empty span goes the same way as any other."""
    [one] = cut([], rows=1000)
    assert (one.start_us, one.end_us, one.owned, one.shared) == (BEGAN, BEGAN + DAY, (), ())


@given(length=st.integers(1, 2 * DAY), hop=hours, offset=st.integers(0, HOUR))
def test_even_slices_cover_the_span(length: int, hop: int, offset: int) -> None:
    """A bounded number of about the length asked for, cut on the windows' grid."""
    slices = even_slices(SPAN, length, hop, offset)
    assert_covered(slices)
    assert len(slices) <= MOST_SLICES
    assert all(grid_ceil(one.end_us, hop, offset) == one.end_us for one in slices[:-1])
    assert all(
        one.end_us - one.start_us <= max(length, DAY // MOST_SLICES + 1) + hop for one in slices
    )


def test_without_a_length_there_is_one_even_slice() -> None:
    """The default: the whole span at once."""
    [one] = even_slices(SPAN, None, HOUR, 0)
    assert (one.start_us, one.end_us) == (to_us(SPAN.start), to_us(SPAN.end))
