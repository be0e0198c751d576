"""What an HTTP function sees of a request, and a client of its response."""

from tests.localazure.functions_host.host_process import HostProcess


def test_a_request_arrives_whole(bindings: HostProcess) -> None:
    """Method, URL, route and query parameters, headers and body bytes reach the function."""
    response = bindings.post(
        "/rest/echo/42/w%C3%B6rd%2F?a=1&b=%20", content=b"\x00\xff", headers={"x-word": "yes"}
    )
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "method": "POST",
        "path": "rest/echo/42/w%C3%B6rd%2F",
        "params": {"number": "42", "word": "wörd/"},
        "query": {"a": "1", "b": " "},
        "header": "yes",
        "body": "00ff",
        "function": "echo",
    }


def test_optional_parameters_may_be_absent(bindings: HostProcess) -> None:
    """`{word?}` matches without its segment."""
    assert bindings.post("/rest/echo/42").json()["params"] == {"number": "42"}


def test_the_most_literal_route_wins(bindings: HostProcess) -> None:
    """Literal before constrained before free; literals ignore case."""
    assert bindings.get("/rest/echo/literal").text == "literal"
    assert bindings.get("/REST/Echo/LITERAL").text == "literal"
    assert bindings.get("/rest/echo/other").text == "anything: other"


def test_a_wrong_method_or_path_is_not_found(bindings: HostProcess) -> None:
    """As in Azure, a method that no function takes is 404."""
    assert bindings.post("/rest/blueprint").status_code == 404
    assert bindings.get("/rest/nowhere").status_code == 404
    assert bindings.get("/rest/echo").status_code == 404


def test_a_catch_all_takes_the_rest(bindings: HostProcess) -> None:
    """`{*path}` takes slashes, and nothing at all."""
    assert bindings.get("/rest/files/a/b/c.txt").text == "a/b/c.txt"
    assert bindings.get("/rest/files").text == ""


def test_settings_and_neighbours_are_there(bindings: HostProcess) -> None:
    """local.settings.json fills the environment, which comes first; the folder is importable."""
    assert bindings.get("/rest/from-setting").text == "hello world, from a neighbour"


def test_responses_keep_bytes_headers_and_cookies(bindings: HostProcess) -> None:
    """A response leaves as the function made it."""
    response = bindings.get("/rest/binary")
    assert response.content == bytes(range(256))
    assert response.headers["x-kind"] == "binary"
    assert dict(response.cookies) == {"a": "1", "b": "2"}


def test_other_results(bindings: HostProcess) -> None:
    """A string is a 200; nothing, or an exception, is a 500 without detail."""
    text = bindings.get("/rest/blueprint")
    assert (text.status_code, text.text) == (200, "from a blueprint")
    assert bindings.get("/rest/nothing").status_code == 500
    assert "must return an HttpResponse or a str; got NoneType" in bindings.output()
    failed = bindings.get("/rest/wrong")
    assert (failed.status_code, failed.content) == (500, b"")
    assert "RuntimeError: something is wrong here" in bindings.output()


def test_json_bodies(bindings: HostProcess) -> None:
    """get_json reads the body; what is no JSON is the function's exception."""
    assert bindings.post("/rest/posted", json={"ä": [1, None]}).json() == {"ä": [1, None]}
    assert bindings.post("/rest/posted", content=b"{").status_code == 500


def test_a_large_body_passes(bindings: HostProcess) -> None:
    """Ten megabytes arrive."""
    body = {"text": "x" * 10_000_000}
    assert bindings.post("/rest/posted", json=body).json() == body


def test_no_key_is_asked_for(bindings: HostProcess) -> None:
    """Auth levels are ignored, as `func start` does."""
    assert bindings.get("/rest/admins").text == "admins"


def test_what_is_not_served_is_named(bindings: HostProcess) -> None:
    """Disabled and not imitated functions are announced and do not answer; the others do."""
    output = bindings.output()
    assert "Function switched_off is disabled." in output
    assert "Function from_queue is not served: its binding queueTrigger is not imitated" in output
    assert "Function to_queue is not served: its binding queue 'out' is not imitated" in output
    assert bindings.get("/rest/off").status_code == 404
    assert bindings.get("/rest/queued").status_code == 404


def test_functions_are_listed(bindings: HostProcess) -> None:
    """The start shows names, methods and URLs; /admin/functions shows them as JSON."""
    url = f"{bindings.url}/rest/echo/{{number:int}}/{{word?}}"
    assert f"echo: [POST,PUT] {url}" in bindings.output()
    listed = {one["name"]: one for one in bindings.get("/admin/functions").json()}
    assert listed["echo"]["invoke_url_template"].endswith("/rest/echo/{number:int}/{word?}")
    assert listed["switched_off"]["isDisabled"]
    assert listed["from_queue"]["notImitated"] == "queueTrigger"
    assert bindings.get("/admin/host/status").json()["state"] == "Running"


def test_only_timers_are_invoked_by_hand(bindings: HostProcess) -> None:
    """/admin/functions/{name} says what it cannot invoke."""
    assert bindings.post("/admin/functions/echo", json={}).status_code == 400
    assert bindings.post("/admin/functions/nobody", json={}).status_code == 404
