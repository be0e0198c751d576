"""The windows that a model is trained on: made by the app, as its runs make them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from commands.app_api import AppApi, pipeline_path
from commands.errors import CommandError
from domain.messages import Prepared
from domain.spans import iso

LOOK_EVERY_S = 0.5
_GOES_ON = frozenset({"Pending", "Running", "ContinuedAsNew"})


def made_windows(
    api: AppApi,
    pipeline: str,
    span: tuple[datetime, datetime],
    *,
    input: str | None,
    fresh: bool,
    progress: Callable[[Mapping[str, Any]], None],
) -> Prepared:
    """Has the app make the windows of a span, unless it has, and waits until they are there.

    `progress` is told the stage and the counts. Raises CommandError if they cannot be made.
    """
    body: dict[str, Any] = {"from": iso(span[0]), "to": iso(span[1]), "fresh": fresh}
    if input is not None:
        body["input"] = input
    accepted = api.post(pipeline_path(pipeline, "windows"), body)
    status: dict[str, Any] = {}
    for status in _looks(api, str(accepted["statusQueryGetUri"])):
        if isinstance(status.get("customStatus"), dict):
            progress(status["customStatus"])
    if status.get("runtimeStatus") != "Completed":
        reason = str(status.get("output") or status.get("runtimeStatus")).splitlines()[0]
        raise CommandError(f"the windows could not be made: {reason}")
    return Prepared.from_json(status["output"])


def _looks(api: AppApi, address: str) -> Iterator[dict[str, Any]]:
    while True:
        status = api.get(address, {})
        yield status
        if status.get("runtimeStatus") not in _GOES_ON:
            return
        time.sleep(LOOK_EVERY_S)
