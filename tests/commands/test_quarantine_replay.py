"""`quarantine replay`: one event, all, or a file of repaired ones; and what has become of them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from commands import quarantine
from tests.commands.conftest import Run
from tests.commands.quarantine_app import QuarantineApp, make_event, problem

REPLAY = ("quarantine", "replay", "fleet")


def test_one_event_goes_as_it_was(app: QuarantineApp, run: Run) -> None:
    """Only its id is sent: the app has the body."""
    code, out, err = run(*REPLAY, "3-1-0")
    assert (code, err) == (0, "")
    assert out == "interval 2026-01-01T00:15:00Z: 1\n1 replayed, 0 refused\n"
    assert app.batches == [[{"id": "3-1-0"}]]


@pytest.mark.parametrize(
    ("body", "sent"),
    [(b'{"value": 1}\n', {"text": '{"value": 1}\n'}), (b"\xff\xfe", {"base64": "//4="})],
)
def test_one_event_may_get_a_new_body(
    body: bytes, sent: dict[str, str], app: QuarantineApp, run: Run, tmp_path: Path
) -> None:
    """The file is sent byte by byte: as text if it is UTF-8, else as base64."""
    file = tmp_path / "body"
    file.write_bytes(body)
    assert run(*REPLAY, "3-1-0", "--body", str(file))[0] == 0
    assert app.batches == [[{"id": "3-1-0"} | sent]]


def test_a_body_may_come_from_stdin(
    app: QuarantineApp, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minus stands for stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    assert run(*REPLAY, "3-1-0", "--body", "-")[0] == 0
    assert app.batches == [[{"id": "3-1-0", "text": "{}"}]]


def test_all_are_those_that_were_not_replayed_yet(app: QuarantineApp, run: Run) -> None:
    """All pages are listed first; then ids go, at most 500 in a request."""
    app.events = [make_event(n) for n in range(1200)]
    app.events[7]["replayed_at"] = "2026-01-02T00:00:00Z"
    code, out, _ = run(*REPLAY, "--all", "--reason", "number", "--from", "2026-01-01")
    assert code == 0
    assert out.splitlines()[-1] == "1199 replayed, 0 refused"
    assert [len(batch) for batch in app.batches] == [500, 500, 199]
    assert app.queries[0] == {"from": "2026-01-01", "reason": "number", "limit": "100"}
    sent = [event for batch in app.batches for event in batch]
    assert sent == [{"id": e["id"]} for e in app.events if not e["replayed_at"]]


def test_nothing_to_replay_is_no_error(app: QuarantineApp, run: Run) -> None:
    """And no request is made for it."""
    app.events = []
    assert run(*REPLAY, "--all")[:2] == (0, "0 replayed, 0 refused\n")
    assert not app.batches


def test_refused_events_are_told_one_by_one(app: QuarantineApp, run: Run) -> None:
    """Those that the app still refuses make the exit code 1; the others are replayed."""
    app.refuse = {"3-2-0": '`value` must be a number; got "y"\n'}
    code, out, _ = run(*REPLAY, "--all")
    assert code == 1
    assert out.splitlines() == [
        'refused 3-2-0: `value` must be a number; got "y"',
        "interval 2026-01-01T00:15:00Z: 2",
        "2 replayed, 1 refused",
    ]


def test_an_event_that_the_app_forgets_counts_as_refused(app: QuarantineApp, run: Run) -> None:
    """No event is taken for replayed unless the app says so."""
    app.answers = [JSONResponse({"replayed": [], "refused": []})]
    code, out, _ = run(*REPLAY, "3-1-0")
    assert code == 1
    assert "refused 3-1-0: the app did not say" in out


def test_listed_lines_can_be_edited_and_sent_again(
    app: QuarantineApp, run: Run, tmp_path: Path
) -> None:
    """What list --json prints is what replay --file takes."""
    app.events = [
        make_event(1),
        make_event(2, text="{oops"),
        make_event(3, text=None, base64="//79"),
    ]
    lines = run("quarantine", "list", "fleet", "--json")[1].splitlines()
    repaired = json.loads(lines[0])
    repaired["body"]["value"] = 4.5
    file = tmp_path / "repaired.jsonl"
    file.write_text("\n".join([json.dumps(repaired), "", *lines[1:]]) + "\n", encoding="utf-8")
    assert run(*REPLAY, "--file", str(file))[0] == 0
    assert app.batches == [
        [
            {"id": "3-1-0", "text": '{"device": "d1", "value": 4.5}'},
            {"id": "3-2-0", "text": "{oops"},
            {"id": "3-3-0", "base64": "//79"},
        ]
    ]


def test_long_bodies_make_smaller_requests(
    app: QuarantineApp, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request ends in good time, however long the bodies are."""
    monkeypatch.setattr(quarantine, "MOST_CHARACTERS", 100)
    file = tmp_path / "long.jsonl"
    texts = ["x" * 300, "y" * 40, "z" * 40, "w" * 40]
    file.write_text("\n".join(json.dumps({"id": t[0], "text": t}) for t in texts))
    assert run(*REPLAY, "--file", str(file))[0] == 0
    assert [[event["id"] for event in batch] for batch in app.batches] == [["x"], ["y", "z"], ["w"]]


def test_what_was_done_before_a_failure_is_told(app: QuarantineApp, run: Run) -> None:
    """If the app fails midway, both what is done and what went wrong are said."""
    app.events = [make_event(n) for n in range(600)]
    app.answers = [*[None] * 7, problem(503, "Data Lake: it did not succeed for now")]
    code, out, err = run(*REPLAY, "--all")
    assert code == 1
    assert "500 replayed, 0 refused" in out
    assert "refused with 503 Service Unavailable: Data Lake" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "replay needs the ID of an event, or --all, or --file"),
        (("3-1-0", "--all"), "replay needs the ID of an event, or --all, or --file"),
        (("3-1-0", "--reason", "x"), "--from, --to and --reason go with --all"),
        (("--all", "--body", "x"), "--body goes with the ID of an event"),
        (("3-1-0", "--body", "gone"), "gone cannot be read: No such file"),
        (("--file", "gone"), "gone cannot be read: No such file"),
    ],
)
def test_misuse_sends_nothing(
    arguments: tuple[str, ...], said: str, app: QuarantineApp, run: Run
) -> None:
    """The exit code is 2, and the app hears nothing."""
    code, _, err = run(*REPLAY, *arguments)
    assert (code, app.batches) == (2, [])
    assert said in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must have a line per event; it has none"),
        (b"\xff", "must be UTF-8: invalid start byte at byte 0"),
        (b'{"id": "a"}\n{oops', "line 2: must be JSON: "),
        (b"[1]", "line 1: must be a JSON object"),
        (b'{"text": "x"}', "line 1: `id` must be the id of an event"),
        (b'{"id": "a", "txt": "x"}', "line 1: must have no other field than id, body, text, base"),
        (b'{"id": "a", "body": {}, "text": "x"}', "line 1: must have one of body, text, base64; "),
        (b'{"id": "a", "text": {}}', "line 1: `text` must be text; JSON goes into `body`"),
        (b'{"id": "a", "base64": "?"}', "line 1: `base64` must be base64: "),
        (b'{"id": "a", "text": "\\ud800"}', "line 1: must have no half of a surrogate pair"),
        (b'{"id": "a"}\n\n{"id": "a"}', "line 3: `id` must not be that of line 1"),
    ],
)
def test_a_wrong_file_sends_nothing(
    content: bytes, said: str, app: QuarantineApp, run: Run, tmp_path: Path
) -> None:
    """The whole file is checked first; the message names the line and the rule."""
    file = tmp_path / "repaired.jsonl"
    file.write_bytes(content)
    code, _, err = run(*REPLAY, "--file", str(file))
    assert (code, app.batches) == (2, [])
    assert said in err
