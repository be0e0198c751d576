"""`quarantine list`: a table for people, lines for replay, pages behind both."""

from __future__ import annotations

import json

import pytest

from tests.commands.conftest import Run
from tests.commands.quarantine_app import QuarantineApp, make_event

LIST = ("quarantine", "list", "fleet")


def test_the_table_tells_reason_time_and_body(app: QuarantineApp, run: Run) -> None:
    """Each event is a line: id, reason, when it came, and how its body starts."""
    code, out, err = run(*LIST)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["id", "reason", "arrived", "body"]
    assert lines[1].startswith('3-1-0  `value` must be a number; got "x"')
    assert "2026-01-01T00:00:07" in lines[1]
    assert lines[1].endswith('{"device": "d1", "value": "x"}')
    assert len(lines) == 4


def test_a_narrow_terminal_does_not_cut_ids(
    app: QuarantineApp, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id is what replay needs, and the reason what people look for: the body gives way."""
    monkeypatch.setenv("COLUMNS", "80")
    app.events = [make_event(1, id="1795385059877000-1-118-0", reason="`x` is missing")]
    _, out, _ = run(*LIST)
    assert "1795385059877000-1-118-0" in out
    assert "`x` is" in out and "missing" in out


def test_foreign_text_cannot_steer_the_terminal(app: QuarantineApp, run: Run) -> None:
    """Markup is text, and control characters are blanks."""
    app.events = [make_event(1, reason="[red]no[/]\x1b]0;x\x07", text="a\r\nb" + "c" * 90)]
    _, out, _ = run(*LIST)
    assert "[red]no[/] ]0;x" in out
    assert "\x1b" not in out
    assert f"a b{'c' * 56}…" in out


def test_a_body_that_is_not_text_is_shown_as_base64(app: QuarantineApp, run: Run) -> None:
    """So that it can be told from text."""
    app.events = [make_event(1, text=None, base64="//79")]
    assert "(base64) //79" in run(*LIST)[1]


def test_an_empty_quarantine_is_said(app: QuarantineApp, run: Run) -> None:
    """Nothing to list is no error."""
    app.events = []
    assert run(*LIST)[:2] == (0, "the quarantine has no such event\n")


def test_the_selection_is_the_apps_to_make(app: QuarantineApp, run: Run) -> None:
    """Days, reason and limit are sent as they are; what is not given is not sent."""
    run(*LIST, "--from", "2026-01-01", "--to", "2026-01-31", "--reason", "a number", "--limit", "7")
    run(*LIST)
    asked = {"from": "2026-01-01", "to": "2026-01-31", "reason": "a number", "limit": "7"}
    assert app.queries == [asked, {"limit": "100"}]


def test_pages_are_followed_up_to_the_limit(app: QuarantineApp, run: Run) -> None:
    """More than a page is asked for page by page, and the last page is only as long as needed."""
    app.events = [make_event(n) for n in range(250)]
    code, out, _ = run(*LIST, "--limit", "230", "--json")
    assert code == 0
    assert [json.loads(line)["sequence"] for line in out.splitlines()] == list(range(230))
    assert app.queries == [
        {"limit": "100"},
        {"limit": "100", "after": "3-99-0"},
        {"limit": "30", "after": "3-199-0"},
    ]
    assert "there may be more than these 2" in run(*LIST, "--limit", "2")[1]


def test_json_lines_have_bodies_to_edit(app: QuarantineApp, run: Run) -> None:
    """JSON bodies are JSON; others are text or base64; nothing else is lost."""
    app.events = [
        make_event(1, text='{"a": "ä"}'),
        make_event(2, text="{oops"),
        make_event(3, text=None, base64="//79"),
    ]
    lines = [json.loads(line) for line in run(*LIST, "--json")[1].splitlines()]
    assert [line["id"] for line in lines] == ["3-1-0", "3-2-0", "3-3-0"]
    assert lines[0]["body"] == {"a": "ä"}
    assert lines[1]["text"] == "{oops"
    assert lines[2]["base64"] == "//79"
    assert lines[0]["arrived_at"] == "2026-01-01T00:00:07Z"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "soon"), "must be a day such as 2026-01-31; got soon"),
        (("--limit", "0"), "must be a whole number of at least 1; got 0"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "--from must not be after --to; got 2026"),
        (("--lim", "3"), "unrecognized arguments: --lim"),
    ],
)
def test_misuse_is_told_before_anything_is_asked(
    arguments: tuple[str, ...], said: str, app: QuarantineApp, run: Run
) -> None:
    """The exit code is 2, and the app hears nothing."""
    code, _, err = run(*LIST, *arguments)
    assert code == 2
    assert said in err
    assert not app.queries


def test_a_name_that_no_pipeline_can_have_is_misuse(app: QuarantineApp, run: Run) -> None:
    """A path never becomes a part of another address."""
    code, _, err = run("quarantine", "list", "../runs")
    assert (code, app.queries) == (2, [])
    assert "PIPELINE must match" in err
    assert "got '../runs'" in err
