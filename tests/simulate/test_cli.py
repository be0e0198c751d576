"""The command line: mistakes in one line, a dry run, and a real process that streams over https."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from simulate import cli
from tests.simulate.fake_hub import TOKEN, FakeHub, running_hub
from tests.simulate.plans import loaded
from tests.support.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
REAL = ["--namespace", "fleet.servicebus.windows.net"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rate", "fast"], "--rate must be a number; got 'fast'"),
        (["--rate", "0"], "--rate must be above 0 and at most 1000000; got 0.0"),
        (["--devices", "1.5"], "--devices must be a whole number; got '1.5'"),
        (["--late", "2"], "--late must be a share from 0 to 1; got 2.0"),
        (["--duration", "soon"], "--duration must be seconds, such as 90, 15m or 2h; got 'soon'"),
        (["--duration", "0"], "--duration must be above 0; got 0.0"),
        (["--burst", "1:2"], "--burst must be START:LENGTH:FACTOR; got '1:2'"),
        (["--burst", "1:2:9999"], "--burst must have a factor from 0 to 1000; got 1:2:9999"),
        (["--disorder-by", "21d"], "--disorder-by must be from 0 to 1728000 s (20 days)"),
        (["--start", "now"], "--start must be a time such as 2026-01-01T00:00:00Z; got 'now'"),
        (["--start", "2026-01-01"], "--start must have a zone, such as Z; got '2026-01-01'"),
        (["--format", "csv"], "--format invalid choice: 'csv'"),
        (["--per-event", "2", "--format", "object"], "--format must be array or lines if"),
        (["--duration", "99999d", "--speed", "1000"], "--duration must be at most 50 years"),
        (["--dry-run", "0"], "--dry-run must be at least 1; got 0"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        ([*REAL, "--speed", "60"], "--speed must be 1 for a real namespace, which stamps events"),
        ([*REAL, "--hub", "?"], "--hub must be a name of letters, digits, `.`, `-`, `_`; got '?'"),
        (["--namespace", "sb://x"], "--namespace must be a host name, such as NAME.servicebus"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names option, rule and value; the exit code is 2; nothing else is printed."""
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"simulate: {message}")
    assert len(printed.err.splitlines()) == 1
    assert printed.out == ""


def test_a_missing_local_cloud_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 1, and the line says what to do."""
    arguments = ["--state", str(tmp_path), "--namespace", "127.0.0.1:1"]
    assert cli.main(arguments) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(f"simulate: no local cloud runs in {tmp_path}: start it with `make")
    assert len(printed.splitlines()) == 1


def test_a_local_cloud_that_was_killed_is_one_line(local: tuple[FakeHub, Path]) -> None:
    """It left its file behind: that nothing listens is told at once."""
    _hub, state = local
    file = state / "endpoints.json"
    environment = {"environment": {"LOCALAZURE_EVENT_HUBS": "127.0.0.1:1"}}
    file.write_text(json.dumps(environment))
    with start(state) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    message = "nothing answers at https://127.0.0.1:1: start the local cloud with `make up`"
    assert (out, err) == ("", f"simulate: {message}\n")


def test_a_dry_run_prints_events_and_sends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each: when, which device, what it is, and the body."""
    assert cli.main(["--dry-run", "50", "--start", "2026-01-01T00:00:00Z", "--garbage", ".2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 50
    for line in lines:
        at, device, kind, body = line.split(" ", 3)
        assert at.startswith("2026-01-01T00:00:00.")
        if kind == "good":
            assert loaded(body.encode())["device"] == device
    assert {line.split(" ")[2] for line in lines} >= {"good", "garbage:not_json"}


def test_a_dry_run_names_what_cannot_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes are escaped or counted; every event stays one line."""
    assert cli.main(["--dry-run", "3", "--gzip", "--format", "lines", "--per-event", "4"]) == 0
    assert all(line.endswith("bytes of gzip") for line in capsys.readouterr().out.splitlines())
    assert cli.main(["--dry-run", "3", "--format", "lines", "--per-event", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.fixture(name="local")
def the_local_cloud(tmp_path: Path) -> Iterator[tuple[FakeHub, Path]]:
    """A hub and an identity over https, and the state folder through which they are found."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    bundle, chain, key = (tmp_path / name for name in ("ca.pem", "chain.pem", "key.pem"))
    authority.cert_pem.write_to_path(bundle)
    certificate.cert_chain_pems[0].write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    with running_hub(FakeHub(), ssl_certfile=chain, ssl_keyfile=key) as hub:
        environment = {
            "IDENTITY_ENDPOINT": f"{hub.url}/msi/token",
            "IDENTITY_HEADER": "secret",
            "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
            "REQUESTS_CA_BUNDLE": str(bundle),
            "SSL_CERT_FILE": str(bundle),
            "NO_PROXY": "127.0.0.1",
            "LOCALAZURE_EVENT_HUBS": hub.url.removeprefix("https://"),
        }
        (tmp_path / "endpoints.json").write_text(json.dumps({"environment": environment}))
        yield hub, tmp_path


def start(state: Path, *arguments: str) -> subprocess.Popen[str]:
    """`python -m simulate` against the local cloud of `state`."""
    command = [sys.executable, "-m", "simulate", "--state", str(state)]
    namespace = "%LOCALAZURE_EVENT_HUBS%"
    return subprocess.Popen(
        [*command, *arguments],
        cwd=PROJECT,
        env={**os.environ, "EVENTHUB__fullyQualifiedNamespace": namespace},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_stream_reaches_the_local_cloud(local: tuple[FakeHub, Path]) -> None:
    """Through the settings that it leaves, with the token of its identity; the sums are told."""
    hub, state = local
    arguments = ["--duration", "1", "--rate", "500", "--faults", "2", "--garbage", ".1", "--json"]
    with start(state, *arguments) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    summary = json.loads(out)
    assert summary["sent"] == sum(summary["kinds"].values()) == 500
    assert sum(len(request.bodies) for request in hub.taken) == 500
    assert len(summary["faults"]) == 2
    assert {r.headers["authorization"] for r in hub.taken} == {f"Bearer {TOKEN}"}
    assert TOKEN not in out + err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_stream_ends_with_its_summary(
    local: tuple[FakeHub, Path], number: signal.Signals
) -> None:
    """Ctrl-C is how it is meant to end: what is told was sent, and the exit code is 0."""
    hub, state = local
    with start(state, "--json") as process:
        try:
            wait_until(lambda: len(hub.taken) > 5, description="the stream has begun")
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert json.loads(out)["sent"] == sum(len(request.bodies) for request in hub.taken)


def test_an_identity_that_refuses_is_one_line(local: tuple[FakeHub, Path]) -> None:
    """The state is of another cloud: told in one line, with what to do, without the secret."""
    _hub, state = local
    file = state / "endpoints.json"
    file.write_text(file.read_text().replace('"secret"', '"another-secret"'))
    with start(state) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith("simulate: no token for Event Hubs: ")
    assert "`make up` must be running" in err
    assert len(err.splitlines()) == 1
    assert "another-secret" not in out + err
