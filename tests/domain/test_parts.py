"""Whose scores are not there, by the names of the files."""

from domain.parts import Part, names_of, others_are_whole, unscored

PARTS = [Part(f"windows/run=r/slice=00001/chunk=001/part-{n:03d}.parquet", 10) for n in range(3)]
NAMES = [f"part-{n:03d}.scores.parquet" for n in range(3)]


def test_a_part_without_scores_is_found_by_its_name() -> None:
    """All of them where there is nothing at all."""
    assert unscored(PARTS, [NAMES[0], NAMES[2]]) == [PARTS[1]]
    assert unscored(PARTS, NAMES) == []
    assert unscored(PARTS, []) == PARTS


def test_files_of_other_names_tell_nothing() -> None:
    """A plain script may write whatever it likes."""
    assert unscored(PARTS, [NAMES[0], "scores.parquet"]) is None


def test_parts_that_have_scores_may_still_lack_rows() -> None:
    """Then it is not known which."""
    assert others_are_whole(PARTS, [PARTS[1]], {NAMES[0]: 10, NAMES[2]: 10})
    assert not others_are_whole(PARTS, [PARTS[1]], {NAMES[0]: 9, NAMES[2]: 11})


def test_many_names_are_cut() -> None:
    """A message stays short."""
    assert names_of(PARTS) == "part-000.parquet, part-001.parquet, part-002.parquet"
    assert names_of(PARTS * 10).endswith(" and 10 more")
