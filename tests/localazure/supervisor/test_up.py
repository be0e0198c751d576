"""``up`` and ``cloud`` as real processes: starting, refusing, stopping, dying, coming back."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.cloud import PROJECT, RunningCloud, local_cloud
from tests.support.waiting import wait_until

HELLO_APP = Path(__file__).with_name("hello_app")
LAKE = {"storage": {"containers": ["lake"]}}

_UP = (sys.executable, "-m", "localazure", "up", "--port", "0")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app that is configured as the project's app is, by settings that name the cloud's."""
    folder = tmp_path / "app"
    shutil.copytree(HELLO_APP, folder)
    settings = {"IsEncrypted": False, "Values": {"STORAGE_URI": "%LOCALAZURE_BLOB_URI%"}}
    (folder / "local.settings.json").write_text(json.dumps(settings))
    return folder


class Storage:
    """One blob, written and read by identity."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._cloud = cloud

    def write(self, content: bytes) -> None:
        """Write the blob."""
        self._call("upload_blob(sys.stdin.buffer.read(), overwrite=True)", content)

    def read(self) -> bytes:
        """Read the blob."""
        return self._call("download_blob().readinto(sys.stdout.buffer)")

    def _call(self, call: str, content: bytes = b"") -> bytes:
        # In a process of its own, since each cloud has its own certificate authority.
        script = (
            "import os, sys\n"
            "from azure.identity import DefaultAzureCredential\n"
            "from azure.storage.blob import BlobClient\n"
            "uri, credential = os.environ['LOCALAZURE_BLOB_URI'], DefaultAzureCredential()\n"
            f"BlobClient(uri, 'lake', 'a/b', credential=credential).{call}\n"
        )
        return subprocess.run(
            [sys.executable, "-c", script],
            input=content,
            env={**os.environ, **self._cloud.environment},
            stdout=subprocess.PIPE,
            timeout=60,
            check=True,
        ).stdout


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _is_over(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _wait_until_over(processes: list[psutil.Process]) -> None:
    wait_until(
        lambda: all(map(_is_over, processes)),
        description="all processes have ended",
        timeout_s=20,
    )


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningCloud]:
    """A cloud of its own for a test that ends it."""
    with local_cloud(tmp_path / "state", LAKE) as cloud:
        yield cloud


def test_up_serves_the_app_in_its_cloud(app: Path, tmp_path: Path) -> None:
    """The app answers at the address in endpoints.json and was given the cloud's addresses."""
    with local_cloud(tmp_path / "state", LAKE, app=app) as cloud:
        answer = httpx.get(f"{cloud.functions_url}/api/storage")
        assert (answer.status_code, answer.text) == (200, cloud.blob_uri)
        for url in (cloud.functions_url, cloud.url, cloud.blob_uri):
            assert "//127.0.0.1:" in url
    console = cloud.console.read_text(encoding="utf-8")
    assert cloud.functions_url in console
    assert console.rstrip().endswith("Stopped.")


def test_up_may_ask_for_function_keys(app: Path, tmp_path: Path) -> None:
    """With --auth an anonymous call to a function of level FUNCTION is refused."""
    with local_cloud(tmp_path / "state", LAKE, app=app, arguments=("--auth",)) as cloud:
        assert httpx.get(f"{cloud.functions_url}/api/storage").status_code == 401


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_in_order(
    app: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C and SIGTERM end with exit code 0, no process, and no endpoints.json."""
    console = tmp_path / "console.log"
    command = [
        *(*_UP, "--app", str(app)),
        *("--state", str(tmp_path / "state"), "--config", str(PROJECT / "localazure.yml")),
    ]
    with (
        console.open("wb") as output,
        subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=output) as process,
    ):
        endpoints = tmp_path / "state" / "endpoints.json"
        wait_until(endpoints.exists, description="all is ready", timeout_s=60)
        family = _family(process.pid)
        assert len(family) >= 5  # the supervisor, two leashes, Azurite, the host
        process.send_signal(number)
        # More of them, as from an impatient user, change nothing.
        process.send_signal(number)
        assert process.wait(timeout=20) == 0, console.read_text()
    assert not endpoints.exists()
    _wait_until_over(family)


def test_nobody_needs_to_read_the_console(app: Path, tmp_path: Path) -> None:
    """After its console is gone, `up` goes on, and still stops well."""
    state = tmp_path / "state"
    config = tmp_path / "localazure.yml"
    config.write_text(json.dumps(LAKE))
    command = [*_UP, "--app", str(app), "--state", str(state), "--config", str(config)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) as process:
        wait_until((state / "endpoints.json").exists, description="all is ready", timeout_s=60)
        assert process.stdout
        process.stdout.close()
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_sigkill_leaves_no_process_and_loses_nothing(tmp_path: Path) -> None:
    """After kill -9 all children end; the next start has the same addresses and the blobs."""
    with local_cloud(tmp_path / "state", LAKE) as first:
        Storage(first).write(b"kept")
        family = _family(first.pid)
        family[0].kill()
        with local_cloud(tmp_path / "state", LAKE) as second:
            assert Storage(second).read() == b"kept"
            assert (second.url, second.blob_uri) == (first.url, first.blob_uri)
            assert second.environment == first.environment
            _wait_until_over(family)


def test_a_second_supervisor_is_refused(running: RunningCloud) -> None:
    """A second start on the same state names the first process and leaves it alone."""
    with (
        pytest.raises(AssertionError, match=f"in use by process {running.pid}"),
        local_cloud(running.state, LAKE),
    ):
        pass
    assert psutil.pid_exists(running.pid)


def test_the_death_of_a_part_stops_all_and_says_why(running: RunningCloud) -> None:
    """When Azurite dies, its name and last words are printed and the exit code is 1."""
    family = _family(running.pid)
    azurite = next(one for one in family if any("azurite" in part for part in one.cmdline()[1:2]))
    azurite.kill()
    _wait_until_over(family)
    console = running.console.read_text(encoding="utf-8")
    assert "azurite ended with exit code 137" in console
    assert "successfully listens" in console
    assert not (running.state / "endpoints.json").exists()


def test_an_app_that_does_not_start_is_reported(app: Path, tmp_path: Path) -> None:
    """An app that fails at import stops the start, with the reason on the console."""
    (app / "function_app.py").write_text("raise RuntimeError('broken on purpose')\n")
    with (
        pytest.raises(AssertionError, match="functions ended with exit code"),
        local_cloud(tmp_path / "state", LAKE, app=app),
    ):
        pass
    assert "broken on purpose" in (tmp_path / "state" / "console.log").read_text()


def test_clouds_run_side_by_side(running: RunningCloud, tmp_path: Path) -> None:
    """Two states share neither port nor secret."""
    with local_cloud(tmp_path / "other", LAKE) as other:
        assert other.url != running.url
        assert other.blob_uri != running.blob_uri
        assert other.environment["IDENTITY_HEADER"] != running.environment["IDENTITY_HEADER"]
