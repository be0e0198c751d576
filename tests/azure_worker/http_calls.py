"""HTTP requests: sent to a host of the stand-in, and told to Azure's worker as a host would.

The host's part is played after its source: names of headers in small letters, the last value of a
query parameter, the body as bytes. Source: `ScriptInvocationContextExtensions` and
`HttpRequestExtensions` of the Functions host.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

import httpx

Json = dict[str, Any]

# What the server adds to whatever a function answers.
OF_THE_SERVER = ("date", "server", "content-length")
SAME_SITE = {"": 0, "lax": 1, "strict": 2, "none": 3}


@dataclass(frozen=True)
class Call:
    """A request, the function that it is for, and the parameters of its route."""

    function: str
    method: str
    path: str
    route: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Its name among the tests."""
        return f"{self.method} {self.path}"

    def send(self, url: str) -> httpx.Response:
        """Send it to a host."""
        return httpx.request(self.method, url + self.path, timeout=20, **self.options)

    def to_worker(self, sent: httpx.Request) -> Json:
        """What a host makes of the request that was sent."""
        body = {"bytes": base64.b64encode(sent.content).decode()} if sent.content else None
        query = parse_qsl(sent.url.query.decode(), keep_blank_values=True)
        return {
            "http": {
                "method": sent.method,
                "url": str(sent.url),
                "headers": {name.lower(): value for name, value in sent.headers.items()},
                "params": dict(self.route),
                "query": dict(query),
                "body": body,
            }
        }


@dataclass(frozen=True)
class Answer:
    """What a client sees of a response."""

    status: int
    headers: Mapping[str, str]
    cookies: list[Json]
    body: bytes


def answer_of_host(response: httpx.Response) -> Answer:
    """What the stand-in answered."""
    kept = (name for name in response.headers if name not in (*OF_THE_SERVER, "set-cookie"))
    jar = [SimpleCookie(one) for one in response.headers.get_list("set-cookie")]
    cookies = [_cookie(morsel) for one in jar for morsel in one.values()]
    headers = {name: response.headers[name] for name in kept}
    return Answer(response.status_code, headers, cookies, response.content)


def answer_of_worker(told: Json) -> Answer:
    """What a host would answer after what Azure's worker has told."""
    if "error" in told:
        return Answer(500, {}, [], b"")
    returned = told["returned"]
    if "string" in returned:
        headers = {"content-type": "text/plain; charset=utf-8"}
        return Answer(200, headers, [], returned["string"].encode())
    http = returned["http"]
    return Answer(
        status=int(http["status_code"]),
        headers={name.lower(): value for name, value in http["headers"].items()},
        cookies=[_told_cookie(one) for one in http.get("cookies", [])],
        body=base64.b64decode(http["body"]["bytes"]),
    )


def _cookie(morsel: "Morsel[str]") -> Json:
    ends = morsel["expires"]
    return {
        "name": morsel.key,
        "value": morsel.value,
        "domain": morsel["domain"],
        "path": morsel["path"],
        "expires": int(parsedate_to_datetime(ends).timestamp()) if ends else None,
        "max_age": float(morsel["max-age"]) if morsel["max-age"] else None,
        "secure": bool(morsel["secure"]),
        "http_only": bool(morsel["httponly"]),
        "same_site": SAME_SITE[morsel["samesite"].lower()],
    }


def _told_cookie(told: Json) -> Json:
    expires = told.get("expires")
    return {
        "name": told["name"],
        "value": told["value"],
        "domain": told["domain"]["value"],
        "path": told["path"]["value"],
        "expires": expires["value"]["seconds"] if expires else None,
        "max_age": told["max_age"]["value"] if "max_age" in told else None,
        "secure": told["secure"]["value"],
        "http_only": told["http_only"]["value"],
        "same_site": told["same_site"],
    }
