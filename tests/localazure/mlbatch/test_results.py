"""Rows as append_row writes them, and files as mini-batches get them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from localazure.mlbatch.errors import JobFailedError
from localazure.mlbatch.runner.tally import Tally, split
from localazure.mlbatch.worker.results import write_rows

_FRAME = pd.DataFrame({"name": ["a", "b c"], "score": [0.5, None]})


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (["a 1", "b 2"], "a 1\nb 2\n"),
        ([1.5, None], "1.5\nNone\n"),
        ([["a", 1], ["b", 2]], "a 1\nb 2\n"),
        (np.array([[1, 2], [3, 4]]), "1 2\n3 4\n"),
        (_FRAME, 'a 0.5\n"b c" \n'),
    ],
)
def test_rows_are_separated_by_spaces(tmp_path: Path, result: object, text: str) -> None:
    """There is no header, and a value with a space in a DataFrame is quoted."""
    write_rows(result, tmp_path / "rows.txt")
    assert (tmp_path / "rows.txt").read_text() == text


def test_files_are_cut_into_mini_batches_in_order() -> None:
    """Every file is in exactly one mini-batch; the last may be smaller."""
    files = [Path(str(number)) for number in range(5)]
    batches = split(files, 2)
    assert [len(batch.files) for batch in batches] == [2, 2, 1]
    assert [file for batch in batches for file in batch.files] == files


@pytest.mark.parametrize(("threshold", "lost"), [(-1, False), (3, True), (4, False)])
def test_the_threshold_is_a_number_of_files(threshold: int, lost: bool) -> None:
    """More failed files than the threshold lose the job; -1 never does."""
    batches = split([Path(str(number)) for number in range(4)], 2)
    tally = Tally(batches, threshold, Path("logs"))
    for batch in batches:
        tally.failed(batch, "why")
    if lost:
        with pytest.raises(JobFailedError, match=r"2 of 2 mini-batches \(4 files\) failed"):
            tally.check()
    else:
        tally.check()
    assert tally.progress.first_error == "why (mini-batch 0: 0, ...)"
