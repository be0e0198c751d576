"""HTTP functions see the same request, and a client the same response, on both sides."""

import json

import httpx
import pytest

from tests.azure_worker.conftest import HostOf, PairOf
from tests.azure_worker.http_calls import Answer, Call, answer_of_host, answer_of_worker
from tests.azure_worker.sides import APPS, SEEN

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

BINDINGS = APPS / "bindings"

TO_BINDINGS = [
    Call(
        *("echo", "POST", "/rest/echo/42/w%C3%B6rd%2F?a=1&b=%20&a=2&c="),
        {"number": "42", "word": "wörd/"},
        {"content": b"\x00\xff", "headers": {"x-word": "yes"}},
    ),
    Call("echo", "PUT", "/rest/echo/42", {"number": "42"}),
    Call("literal", "GET", "/rest/echo/literal"),
    Call("anything", "GET", "/rest/echo/other", {"anything": "other"}),
    Call("files", "GET", "/rest/files/a/b/c.txt", {"path": "a/b/c.txt"}),
    Call("greeting", "GET", "/rest/from-setting"),
    Call("binary", "GET", "/rest/binary"),
    Call("posted", "POST", "/rest/posted", options={"json": {"ä": [1, None]}}),
    Call("posted", "POST", "/rest/posted", options={"content": b"{"}),
    Call("nothing", "GET", "/rest/nothing"),
    Call("wrong", "GET", "/rest/wrong"),
    Call("open_to_all", "GET", "/rest/open"),
    Call("from_blueprint", "GET", "/rest/blueprint"),
]

TO_SEEN = [
    Call("request", "GET", "/api/request"),
    Call("request", "GET", "/api/request/a/b?x=%C3%A4&y=+1&y=2", {"rest": "a/b"}),
    Call(
        *("request", "POST", "/api/request/x"),
        {"rest": "x"},
        {"json": {"ä": [1, None, 2.5]}, "headers": {"X-Mixed-Case": "Kept As Is"}},
    ),
    Call("request", "PUT", "/api/request/x", {"rest": "x"}, {"content": b"\xff\x00{"}),
    Call("request", "DELETE", "/api/request/x", {"rest": "x"}),
    Call("request", "PATCH", "/api/request/x", {"rest": "x"}, {"data": {"form": "a b"}}),
    Call("cookies", "GET", "/api/cookies"),
    *[
        Call("answer", "GET", f"/api/answer/{kind}", {"kind": kind})
        for kind in ("text", "empty", "latin", "bytes", "no body", "nothing", "dict", "number")
    ],
    Call("context_in_thread", "GET", "/api/context"),
    Call("context_on_loop", "GET", "/api/context_on_loop"),
    Call("context_elsewhere", "GET", "/api/context_elsewhere"),
]


def read(answer: Answer) -> Answer:
    """The same answer, with JSON shown as JSON, so that a difference can be read."""
    if answer.headers.get("content-type") != "application/json":
        return answer
    shown = json.dumps(json.loads(answer.body), indent=1, sort_keys=True)
    return Answer(answer.status, answer.headers, answer.cookies, shown.encode())


@pytest.mark.parametrize("call", TO_BINDINGS, ids=str)
def test_the_bindings_app_answers_the_same(call: Call, pair_of: PairOf, host_of: HostOf) -> None:
    """Status, headers, cookies and body; a failure is a 500 without detail."""
    response = call.send(host_of(BINDINGS).url)
    told = pair_of(BINDINGS).azure.invoke(call.function, call.to_worker(response.request))
    assert read(answer_of_host(response)) == read(answer_of_worker(told))


@pytest.mark.parametrize("call", TO_SEEN, ids=str)
def test_the_seen_app_answers_the_same(call: Call, pair_of: PairOf, host_of: HostOf) -> None:
    """What a function sees of request and context, and what becomes of what it returns."""
    response = call.send(host_of(SEEN).url)
    told = pair_of(SEEN).azure.invoke(call.function, call.to_worker(response.request))
    assert read(answer_of_host(response)) == read(answer_of_worker(told))


def test_a_failure_is_told_in_the_same_words(pair_of: PairOf, host_of: HostOf) -> None:
    """The exception that Azure's log shows is the one on the stand-in's console."""
    host, azure = host_of(BINDINGS), pair_of(BINDINGS).azure
    call = Call("wrong", "GET", "/rest/wrong")
    told = azure.invoke("wrong", call.to_worker(httpx.Request("GET", host.url + call.path)))
    call.send(host.url)
    assert told["error"]["message"] == "RuntimeError: something is wrong here"
    assert told["error"]["message"] in host.output()


def test_tracing_is_not_imitated(pair_of: PairOf, host_of: HostOf) -> None:
    """A difference on purpose: in Azure a function's logs join the trace that its host began."""
    response = Call("trace", "GET", "/api/trace").send(host_of(SEEN).url)
    data = Call("trace", "GET", "/api/trace").to_worker(response.request)
    assert answer_of_worker(pair_of(SEEN).azure.invoke("trace", data)).body == b"yes"
    assert response.text == "no"
