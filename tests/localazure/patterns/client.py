"""A client of a durable app: knows its starter's route, and follows the links of the answer."""

import json
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx

from tests.localazure.functions_host.host_process import ENDED, HostProcess
from tests.support.waiting import wait_until

TIMEOUT_S = 20.0
# The links are plain http: without this, httpx would read all certificates for each request.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Status = dict[str, Any]
Condition = Callable[[Status], bool]


class Instance:
    """One instance, seen through the links that its start was answered with."""

    def __init__(self, host: HostProcess, links: dict[str, str]) -> None:
        self.host = host
        self.links = links
        self.instance_id = links["id"]

    def get(self, instance_id: str = "", **query: str) -> httpx.Response:
        """Follow the link to the status; an `instance_id` takes the place of the instance's own."""
        link = self.links["statusQueryGetUri"]
        link = link.replace(f"/{self.instance_id}?", f"/{instance_id or self.instance_id}?")
        return self._follow("GET", link + "".join(f"&{key}={query[key]}" for key in query))

    def status(self, **query: str) -> Status:
        """Return the status."""
        return dict(self.get(**query).json())

    def history(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of one type in the history, with what activities returned."""
        events = self.status(showHistory="true", showHistoryOutput="true")["historyEvents"]
        return [event for event in events if event["EventType"] == kind]

    def reach(self, condition: Condition, description: str) -> Status:
        """Wait until a status fulfils a condition, and return it."""

        def look() -> Status | None:
            status = self.status()
            return status if condition(status) else None

        return wait_until(look, description=f"{self.instance_id}: {description}") or {}

    def finish(self) -> Status:
        """Wait for the end and return the status."""
        return self.reach(lambda status: status["runtimeStatus"] in ENDED, "has ended")

    def raise_event(self, name: str, data: Any = None) -> httpx.Response:
        """Follow the link for external events."""
        link = self.links["sendEventPostUri"].replace("{eventName}", name)
        headers = {"content-type": "application/json"}
        return self._follow("POST", link, content=json.dumps(data), headers=headers)

    def order(self, operation: str, reason: str = "") -> httpx.Response:
        """Follow the link for `terminate`, `suspend` or `resume`."""
        link = self.links[f"{operation}PostUri"].replace("{text}", quote(reason))
        return self._follow("POST", link)

    def purge(self) -> httpx.Response:
        """Follow the link that forgets an ended instance."""
        return self._follow("DELETE", self.links["purgeHistoryDeleteUri"])

    def _follow(self, method: str, link: str, **options: Any) -> httpx.Response:
        # A host that was started again listens on another port.
        url = httpx.URL(link).copy_with(port=httpx.URL(self.host.url).port)
        return httpx.request(method, url, timeout=TIMEOUT_S, verify=NO_CERTIFICATES, **options)


def start(host: HostProcess, route: str, given: Any) -> Instance:
    """Start an instance through the app's starter."""
    response = host.post(f"/api/{route}", json=given)
    assert response.status_code == 202, response.text + host.output()
    links = dict(response.json())
    assert response.headers["location"] == links["statusQueryGetUri"]
    return Instance(host, links)
