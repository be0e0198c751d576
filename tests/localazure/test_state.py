"""The state folder."""

import stat
from pathlib import Path

from localazure.state import State, read_json, write_json


def test_the_secret_is_made_once_per_state(tmp_path: Path) -> None:
    """The identity secret stays the same in one state folder and differs between two."""
    first, second = State.at(tmp_path / "a"), State.at(tmp_path / "b")
    assert first.identity_secret() == first.identity_secret()
    assert first.identity_secret() != second.identity_secret()


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    """Neither the state folder nor the secret is open to other users of the machine."""
    state = State.at(tmp_path / "state")
    state.identity_secret()
    for path in (state.folder, state.folder / "identity-secret"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_damaged_json_file_reads_as_none(tmp_path: Path) -> None:
    """A JSON file that is missing or cut off counts as absent; a whole one is returned."""
    path = tmp_path / "file.json"
    assert read_json(path) is None
    path.write_text('{"a": ')
    assert read_json(path) is None
    write_json(path, {"a": 1})
    assert read_json(path) == {"a": 1}
