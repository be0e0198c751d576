"""Cuts a run's span into slices, so that each piece of the input is read about once.

A slice is a range of window ends. It needs every event that decides about one of its windows, which
reaches back by the windows' reach (on a grid: by their size). Cuts lie on the windows' grid, or
anywhere if there is none. Pieces of input (a row group of a parquet file, or a whole text file)
tell which time they cover; a piece that cannot tell covers everything. A cut is only made where no
indivisible piece straddles it, so a text file is never read twice for the cut's sake; and only when
the rows since the last cut pay for those that both its sides have to read. So all slices together
read at most twice what a single one would; where pieces overlap a lot (a file sorted by device),
there is no cut at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from domain.spans import Span
from domain.windows import grid_ceil

MOST_SLICES = 200
"""Slices are driven by one orchestration, whose history must stay short: they grow instead."""


ALWAYS_US = (-(2**62), 2**62)
"""The times of a piece that cannot tell which it covers."""


@dataclass(frozen=True)
class Piece:
    """A piece of input: a row group of a parquet file, or a whole file (`row_group` None)."""

    path: str
    row_group: int | None
    first_us: int
    last_us: int
    rows: int


@dataclass(frozen=True)
class Slice:
    """Window ends in (start_us, end_us], and the pieces to read for them.

    `owned` pieces are counted by this slice; the others were first read by an earlier one.
    """

    index: int
    start_us: int
    end_us: int
    owned: tuple[Piece, ...] = field(default=())
    shared: tuple[Piece, ...] = field(default=())


def cut_slices(
    pieces: Sequence[Piece],
    span: Span,
    *,
    rows_per_slice: int,
    hop_us: int,
    offset_us: int,
    reach_us: int,
) -> list[Slice]:
    """The slices of a span, in order; together they cover it exactly.

    Args:
        pieces: The input; each covers [first_us, last_us] at most.
        span: What the run scores.
        rows_per_slice: About how many rows one slice should read.
        hop_us, offset_us: The grid of the windows' ends, in microseconds.
        reach_us: How far before a window's end the events lie that decide about it.
    """
    left = sum(piece.rows for piece in pieces)
    target = max(rows_per_slice, -(-left // MOST_SLICES))
    overlaps = _Overlaps(pieces, reach_us)
    bounds = [span.start_us]
    seen = 0
    ordered = sorted(pieces, key=lambda piece: (piece.last_us, piece.path, piece.row_group or 0))
    for piece in ordered:
        seen += piece.rows
        left -= piece.rows
        cut = grid_ceil(max(span.start_us, piece.last_us), hop_us, offset_us)
        if seen < target or not left or not bounds[-1] < cut < span.end_us:
            continue
        if not overlaps.cuts_a_file(cut) and overlaps.rows_on_both_sides(cut) <= seen:
            bounds.append(cut)
            seen = 0
    return _slices([*bounds, span.end_us], ordered, reach_us)


def even_slices(span: Span, length_us: int | None, hop_us: int, offset_us: int) -> list[Slice]:
    """Slices of about `length_us` each, for a source that can be asked for any span."""
    if length_us is None:
        return _slices([span.start_us, span.end_us], (), 0)
    step = max(length_us, -(-(span.end_us - span.start_us) // MOST_SLICES))
    wanted = range(span.start_us + step, span.end_us, step)
    cuts = sorted({grid_ceil(us, hop_us, offset_us) for us in wanted})
    inside = [cut for cut in cuts if span.start_us < cut < span.end_us]
    return _slices([span.start_us, *inside, span.end_us], (), 0)


class _Overlaps:
    """Tells what a cut would tear, without looking at every piece."""

    def __init__(self, pieces: Sequence[Piece], reach_us: int) -> None:
        files = [piece for piece in pieces if piece.row_group is None]
        self._file_firsts = sorted(piece.first_us for piece in files)
        self._file_lasts = sorted(piece.last_us for piece in files)
        self._begun = _Running((piece.first_us, piece.rows) for piece in pieces)
        self._over = _Running((piece.last_us + reach_us + 1, piece.rows) for piece in pieces)

    def cuts_a_file(self, cut: int) -> bool:
        """Whether a file that can only be read whole has events on both sides."""
        return bisect_right(self._file_firsts, cut) > bisect_right(self._file_lasts, cut)

    def rows_on_both_sides(self, cut: int) -> int:
        """Rows of all pieces that windows before and after the cut may need."""
        return self._begun.until(cut) - self._over.until(cut)


class _Running:
    """Running totals of rows by instant."""

    def __init__(self, rows_at: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(rows_at)
        self._instants = [us for us, _ in ordered]
        self._totals = [0, *accumulate(rows for _, rows in ordered)]

    def until(self, us: int) -> int:
        """The rows at or before an instant."""
        return self._totals[bisect_right(self._instants, us)]


def _slices(bounds: list[int], pieces: Sequence[Piece], reach_us: int) -> list[Slice]:
    slices: list[Slice] = []
    taken: set[Piece] = set()
    for index, (start, end) in enumerate(pairwise(bounds), 1):
        needed = [p for p in pieces if p.first_us <= end and p.last_us >= start - reach_us]
        owned = tuple(p for p in needed if p not in taken)
        shared = tuple(p for p in needed if p in taken)
        taken.update(owned)
        slices.append(Slice(index, start, end, owned, shared))
    return slices
