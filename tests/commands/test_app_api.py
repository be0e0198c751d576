"""Talking to the app: what is said if it refuses, is away, or is something else."""

from __future__ import annotations

import socket

import pytest
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from tests.commands.conftest import Run
from tests.commands.quarantine_app import QuarantineApp, problem

LIST = ("quarantine", "list", "fleet")


def test_an_app_that_is_away_is_told_with_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says where it was looked for, and how it is started."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("WINDROW_APP_URL", url)
    code, out, err = run(*LIST)
    assert (code, out) == (1, "")
    assert err.startswith(f"commands: the app at {url} does not answer (ConnectError)")
    assert "make up" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            problem(
                400,
                "the request has problems:\n  query: ...",
                errors=[
                    {"field": "limit", "rule": "must be from 1 to 500", "value": "'900'"},
                    {"field": "from", "rule": "must be a day"},
                ],
            ),
            "the app refused with 400 Bad Request: `limit` must be from 1 to 500; got '900'; "
            "`from` must be a day",
        ),
        (
            problem(500, "first line\nsecond \x1b[31mline"),
            "the app refused with 500 Internal Server Error: first line second [31mline",
        ),
        (
            Response(status_code=401),
            "the app refused with 401 Unauthorized: set WINDROW_FUNCTION_KEY to a function key",
        ),
        (
            PlainTextResponse("no", 404),
            "the app refused with 404 Not Found: there is no /api/pipelines/fleet/quarantine at",
        ),
        (RedirectResponse("/login"), "the app refused with 307 Temporary Redirect: it does not"),
        (PlainTextResponse("<html>"), "is not the app: no JSON in /api/pipelines/fleet/quarantine"),
        (Response("[]", media_type="application/json"), "is not the app: no JSON in"),
        (Response("{}", media_type="application/json"), "the app's answer has no `events` with"),
    ],
)
def test_what_is_not_an_answer_is_told_in_one_line(
    answer: Response, said: str, app: QuarantineApp, run: Run
) -> None:
    """The app's own words reach the terminal, and nothing that the terminal would obey."""
    app.answers = [answer]
    code, out, err = run(*LIST)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_an_unknown_pipeline_is_the_apps_to_tell(app: QuarantineApp, run: Run) -> None:
    """The app knows its pipelines; its problem details are shown."""
    code, _, err = run("quarantine", "list", "other")
    assert code == 1
    assert "refused with 404 Not Found: there is no pipeline 'other'; there are: fleet" in err


def test_the_key_goes_with_every_request(
    app: QuarantineApp, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function key comes from the environment only, and is sent as Azure wants it."""
    run(*LIST)
    assert app.keys == {None}
    monkeypatch.setenv("WINDROW_FUNCTION_KEY", "secret==")
    run(*LIST)
    run("quarantine", "replay", "fleet", "3-1-0")
    assert app.keys == {None, "secret=="}


@pytest.mark.parametrize(
    ("arguments", "key", "said"),
    [
        (("--app", "http://windrow.example"), "k", "--app must be https where a key is sent"),
        (("--app", "windrow.example"), "", "--app must be a URL such as"),
        (("--app", "http://[::1"), "", "--app must be a URL such as"),
        (("--app", "https://me:word@windrow.example"), "", "--app must be a URL such as"),
        (("--app", "http://127.0.0.1:99999"), "", "--app must be a URL such as"),
        ((), "käy", "WINDROW_FUNCTION_KEY must be a key: one line of ASCII"),
    ],
)
def test_a_wrong_address_or_key_is_misuse(
    arguments: tuple[str, ...], key: str, said: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent, a key never travels in the clear, and no secret is shown."""
    monkeypatch.setenv("WINDROW_FUNCTION_KEY", key)
    code, _, err = run(*LIST, *arguments)
    assert code == 2
    assert said in err
    assert "word" not in err
    assert "käy" not in err
