"""The parts of a chunk against the files that its job has left: whose scores are not there.

A script that writes a file per part names it after the part: `part-003.parquet` becomes
`part-003.scores.parquet`. Scripts that name their files otherwise are told by rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

MOST_NAMES = 20


@dataclass(frozen=True)
class Part:
    """A part of the plan: where it is in the lake, and how many windows it holds."""

    path: str
    rows: int

    @property
    def scores_name(self) -> str:
        """The name of the file with its scores."""
        return f"{PurePosixPath(self.path).stem}.scores.parquet"


def unscored(parts: Sequence[Part], outputs: Iterable[str]) -> list[Part] | None:
    """The parts without a file of scores; None if the `outputs` are not named after parts."""
    there, known = set(outputs), {part.scores_name for part in parts}
    if not there <= known:
        return None
    return [part for part in parts if part.scores_name not in there]


def others_are_whole(
    parts: Sequence[Part], lost: Sequence[Part], outputs: Mapping[str, int]
) -> bool:
    """Whether each part that is not `lost` has as many rows of scores as windows."""
    return all(outputs[part.scores_name] == part.rows for part in parts if part not in lost)


def names_of(parts: Sequence[Part]) -> str:
    """The parts' file names, for a message; the first ones if there are many."""
    names = [PurePosixPath(part.path).name for part in parts]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
