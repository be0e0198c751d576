"""How a host starts, refuses to start, stops, and asks for keys."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.localazure.functions_host.host_process import APPS, WEBHOOKS, HostProcess

NewHost = Callable[..., HostProcess]


def make_app(folder: Path, code: str = "", **files: str) -> Path:
    """Write an app folder."""
    folder.mkdir()
    if code:
        (folder / "function_app.py").write_text(code, "utf-8")
    for name, text in files.items():
        (folder / name.replace("_json", ".json").replace("_", ".")).write_text(text, "utf-8")
    return folder


MINIMAL = "import azure.functions as func\napp = func.FunctionApp()\n"


def test_an_app_that_does_not_import_is_explained(new_host: NewHost) -> None:
    """One clear line, the traceback, and exit code 1."""
    host = new_host(APPS / "broken")
    assert host.run_to_end() == 1
    output = host.output()
    assert "does not import: ModuleNotFoundError: No module named 'a_module" in output
    assert "Traceback" in output


def test_a_folder_without_an_app_is_explained(new_host: NewHost, tmp_path: Path) -> None:
    """A missing function_app.py, or one without an app object, is named."""
    empty = new_host(make_app(tmp_path / "empty"))
    assert empty.run_to_end() == 1
    assert "holds no function_app.py" in empty.output()
    none = new_host(make_app(tmp_path / "none", "x = 1\n"))
    assert none.run_to_end() == 1
    assert "must hold exactly one FunctionApp or DFApp; got 0" in none.output()


REFUSED = """
import azure.durable_functions as df
app = df.DFApp()
@app.activity_trigger(input_name="given")
def act(given: dict[str, int]) -> int:
    return 1
"""


def test_what_azures_worker_refuses_is_refused(new_host: NewHost, tmp_path: Path) -> None:
    """A parameterised annotation of an activity's input would not load in Azure."""
    host = new_host(make_app(tmp_path / "refused", REFUSED))
    assert host.run_to_end() == 1
    assert "Function 'act': parameter 'given' must have a plain type" in host.output()


def test_broken_settings_are_explained(new_host: NewHost, tmp_path: Path) -> None:
    """Every unknown setting is named at once; broken JSON names its file."""
    values = json.dumps({"Values": {"A": "%NOPE%", "B": "%NEITHER%"}})
    unknown = new_host(make_app(tmp_path / "unknown", MINIMAL, local_settings_json=values))
    assert unknown.run_to_end() == 1
    assert "%NOPE% is not an app setting" in unknown.output()
    assert "%NEITHER% is not an app setting" in unknown.output()
    broken = new_host(make_app(tmp_path / "broken", MINIMAL, host_json="{"))
    assert broken.run_to_end() == 1
    assert "host.json is not valid JSON" in broken.output()


def test_one_host_per_state_folder(new_host: NewHost, patterns: HostProcess) -> None:
    """A second host on the same state, which would run everything twice, refuses to start."""
    second = new_host(patterns.app)
    second.state = patterns.state
    assert second.run_to_end() == 1
    assert "is in use by the host with process id" in second.output()


def test_a_port_in_use_is_explained(new_host: NewHost, patterns: HostProcess) -> None:
    """The port is named."""
    port = patterns.url.rpartition(":")[2]
    host = new_host(patterns.app, "--port", port)
    assert host.run_to_end() == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in host.output()


def test_keys_are_asked_for_under_auth(new_host: NewHost) -> None:
    """With --auth each level takes its key, as header or as query; wrong ones are 401."""
    host = new_host(APPS / "bindings", "--auth", GREETING_ROUTE="g").start()
    keys = json.loads((host.state / "keys.json").read_text("utf-8"))
    master, function = {"code": keys["master"]}, {"x-functions-key": keys["function"]}
    assert host.get("/rest/open").status_code == 200
    assert host.get("/rest/blueprint").status_code == 401
    assert host.get("/rest/blueprint?code=wrong").status_code == 401
    assert host.get("/rest/blueprint", headers=function).status_code == 200
    assert host.get("/rest/admins", headers=function).status_code == 401
    assert host.get("/rest/admins", params=master).status_code == 200
    assert host.get("/admin/functions").status_code == 401
    assert host.get("/admin/functions", params=master).status_code == 200
    assert host.get(f"{WEBHOOKS}/instances").status_code == 401
    system = {"code": keys["durabletask_extension"]}
    assert host.get(f"{WEBHOOKS}/instances", params=system).status_code == 200


def test_the_durable_client_carries_the_key(new_host: NewHost, tmp_path: Path) -> None:
    """Under --auth the check-status URLs hold the key that they need."""
    host = new_host(APPS / "patterns", "--auth", MARKS=str(tmp_path)).start()
    keys = json.loads((host.state / "keys.json").read_text("utf-8"))
    response = host.post("/api/start/flat", json=3, headers={"x-functions-key": keys["function"]})
    assert response.status_code == 202
    status = response.json()["statusQueryGetUri"].removeprefix(host.url)
    assert host.get(status).status_code in (200, 202)


def test_quiet_hosts_write_failures_only(new_host: NewHost) -> None:
    """--quiet leaves out the lines of what succeeds."""
    host = new_host(APPS / "bindings", "--quiet", GREETING_ROUTE="g").start()
    assert host.get("/rest/blueprint").status_code == 200
    assert host.get("/rest/wrong").status_code == 500
    assert "from_blueprint " not in host.output()
    assert "ms Failed" in host.output()
