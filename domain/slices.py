"""Cuts a run's span into slices, so that each piece of the input is read about once.

A slice is a range of window ends. It needs every event that lies in one of its windows, which
reaches back by the window's size. Cuts lie on the windows' grid. Pieces of input (a row group of a
parquet file, or a whole text file) tell which time they cover; a piece that cannot tell covers
everything. A cut is only made where no indivisible piece straddles it, so a text file is never
read twice for the cut's sake; and when pieces overlap a lot (a file sorted by device), there is no
cut at all, since one more slice would read all of them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from domain.spans import Span
from domain.windows import grid_ceil

MOST_SLICES = 200
"""Slices are driven by one orchestration, whose history must stay short: they grow instead."""


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
    size_us: int,
) -> list[Slice]:
    """The slices of a span, in order; together they cover it exactly.

    Args:
        pieces: The input; each covers [first_us, last_us] at most.
        span: What the run scores.
        rows_per_slice: About how many rows one slice should read.
        hop_us, offset_us, size_us: The windows, in microseconds.
    """
    rows = sum(piece.rows for piece in pieces)
    target = max(rows_per_slice, -(-rows // MOST_SLICES))
    cuts: list[int] = []
    seen = 0
    latest = span.start_us
    ordered = sorted(pieces, key=lambda piece: (piece.last_us, piece.path, piece.row_group or 0))
    for piece in ordered:
        seen += piece.rows
        latest = max(latest, piece.last_us)
        cut = grid_ceil(latest, hop_us, offset_us)
        if seen >= target and _allowed(cut, cuts, span, ordered, rows):
            cuts.append(cut)
            seen = 0
    return _slices([span.start_us, *cuts, span.end_us], ordered, size_us)


def even_slices(span: Span, length_us: int | None, hop_us: int, offset_us: int) -> list[Slice]:
    """Slices of about `length_us` each, for a source that can be asked for any span."""
    if length_us is None:
        return _slices([span.start_us, span.end_us], (), 0)
    step = max(length_us, -(-(span.end_us - span.start_us) // MOST_SLICES))
    wanted = range(span.start_us + step, span.end_us, step)
    cuts = sorted({grid_ceil(us, hop_us, offset_us) for us in wanted})
    inside = [cut for cut in cuts if span.start_us < cut < span.end_us]
    return _slices([span.start_us, *inside, span.end_us], (), 0)


def _allowed(
    cut: int, cuts: list[int], span: Span, pieces: Sequence[Piece], total_rows: int
) -> bool:
    if not (cuts[-1] if cuts else span.start_us) < cut < span.end_us:
        return False
    straddling = [piece for piece in pieces if piece.first_us <= cut < piece.last_us]
    if any(piece.row_group is None for piece in straddling):
        return False
    return sum(p.rows for p in straddling) * 4 <= total_rows


def _slices(bounds: list[int], pieces: Sequence[Piece], size_us: int) -> list[Slice]:
    slices: list[Slice] = []
    taken: set[Piece] = set()
    for index, (start, end) in enumerate(pairwise(bounds), 1):
        needed = [p for p in pieces if p.first_us <= end and p.last_us >= start - size_us]
        owned = tuple(p for p in needed if p not in taken)
        shared = tuple(p for p in needed if p in taken)
        taken.update(owned)
        slices.append(Slice(index, start, end, owned, shared))
    return slices
