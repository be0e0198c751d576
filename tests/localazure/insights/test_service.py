"""The ingestion endpoint and the query route, without a server around them."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from localazure.cloud.server import build_app
from localazure.insights import service as insights
from localazure.insights.service import InsightsService
from tests.support.asgi import ask


def _event(name: str, time: str = "2099-01-01T00:00:00Z") -> dict[str, Any]:
    return {
        "name": "n",
        "time": time,
        "data": {"baseType": "EventData", "baseData": {"name": name, "properties": {"a": "ü"}}},
    }


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Starlette]:
    """An insights service on a file of its own."""
    service = InsightsService(tmp_path / "insights.db", keep_days=30)
    yield build_app([service])
    asyncio.run(service.stop())


def _items(app: Starlette, **query: Any) -> list[dict[str, Any]]:
    answer = ask(app, "GET", "/insights/items", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _track(app: Starlette, envelopes: object, path: str = "/v2.1/track") -> httpx.Response:
    return ask(app, "POST", path, json=envelopes)


@pytest.mark.parametrize("path", ["/v2.1/track", "/v2/track"])
def test_items_are_kept(app: Starlette, path: str) -> None:
    """What is posted can be read back, with its properties."""
    answer = _track(app, [_event("a"), _event("b")], path)
    assert answer.json() == {"itemsReceived": 2, "itemsAccepted": 2, "errors": []}
    assert [item["name"] for item in _items(app)] == ["a", "b"]
    assert _items(app)[0]["properties"] == {"a": "ü"}


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(json.dumps([_event("a"), _event("b")]).encode()),
        gzip.compress(f"{json.dumps(_event('a'))}\n{json.dumps(_event('b'))}\n".encode()),
    ],
    ids=["array", "lines"],
)
def test_gzip_is_taken_as_array_and_as_lines(app: Starlette, body: bytes) -> None:
    """Both forms in which exporters post are understood, compressed."""
    answer = ask(app, "POST", "/v2.1/track", content=body, headers={"Content-Encoding": "gzip"})
    assert answer.json()["itemsAccepted"] == 2


def test_bad_items_do_not_take_the_good_ones_with_them(app: Starlette) -> None:
    """A partly wrong body answers 206 with the index of each item that was refused."""
    answer = _track(app, [_event("a"), {"name": "bad"}, _event("b")])
    assert answer.status_code == 206
    document = answer.json()
    assert (document["itemsReceived"], document["itemsAccepted"]) == (3, 2)
    assert [(error["index"], error["statusCode"]) for error in document["errors"]] == [(1, 400)]
    assert [item["name"] for item in _items(app)] == ["a", "b"]


def test_a_body_of_only_bad_items_is_a_bad_request(app: Starlette) -> None:
    """If no item is accepted, the answer is 400."""
    assert _track(app, [{"name": "bad"}]).status_code == 400


@pytest.mark.parametrize(
    ("content", "encoding"), [(b"{", "identity"), (b"no gzip", "gzip"), (b"\xff", "identity")]
)
def test_a_damaged_body_is_a_bad_request(app: Starlette, content: bytes, encoding: str) -> None:
    """A body that is not JSON, or not what its encoding says, answers 400."""
    answer = ask(
        app, "POST", "/v2.1/track", content=content, headers={"Content-Encoding": encoding}
    )
    assert answer.status_code == 400


def test_a_body_may_not_unfold_without_bound(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small compressed body that holds too much answers 413."""
    monkeypatch.setattr(insights, "_MAX_BODY_BYTES", 1000)
    content = gzip.compress(b" " * 100_000)
    answer = ask(app, "POST", "/v2.1/track", content=content, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 413


def test_queries_filter_and_limit(app: Starlette) -> None:
    """Kind, name and time narrow the answer; the limit keeps the newest, oldest first."""
    _track(app, [_event("a", f"2099-01-0{day}T00:00:00Z") for day in (1, 2, 3)] + [_event("b")])
    assert len(_items(app, kind="event", name="a")) == 3
    assert _items(app, kind="exception") == []
    since = _items(app, since="2099-01-02T00:00:00Z")
    assert [item["time"][:10] for item in since] == ["2099-01-02", "2099-01-03"]
    newest = _items(app, limit=2)
    assert [item["name"] for item in newest] == ["a", "b"]
    assert _items(app, after=newest[0]["id"]) == newest[1:]


@pytest.mark.parametrize(
    "query", ["kind=surprise", "since=yesterday", "limit=-1", "limit=1000000", "sort=name"]
)
def test_a_wrong_query_is_refused(app: Starlette, query: str) -> None:
    """A parameter that is unknown or has a wrong value answers 400."""
    assert ask(app, "GET", f"/insights/items?{query}").status_code == 400


def test_old_items_are_dropped_at_start(tmp_path: Path) -> None:
    """A start forgets what is older than the configuration says, and nothing else."""
    path = tmp_path / "insights.db"
    for _ in range(2):
        service = InsightsService(path, keep_days=30)
        app = build_app([service])
        names = [item["name"] for item in _items(app)]
        _track(app, [_event("old", "2020-01-01T00:00:00Z"), _event("new")])
        asyncio.run(service.stop())
    assert names == ["new"]
