"""Reads the query parameters of the durable HTTP API as the extension does.

What does not parse is treated as absent, except a time, where guessing could purge too much.
"""

import base64
import binascii

from starlette.requests import Request

from localazure.durable.events import parse_time
from localazure.durable.model import InstanceQuery

CONTINUATION_HEADER = "x-ms-continuation-token"


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    """Read a boolean parameter."""
    text = request.query_params.get(name, "").strip().lower()
    return {"true": True, "false": False}.get(text, default)


def seconds(request: Request, name: str) -> float | None:
    """Read a number of seconds."""
    try:
        return float(request.query_params[name])
    except (KeyError, ValueError):
        return None


def read_query(request: Request) -> InstanceQuery:
    """Read the filters and the page of a listing; raise ValueError for a time that is none."""
    parameters = request.query_params
    texts = ",".join(parameters.getlist("runtimeStatus"))
    created_from = parameters.get("createdTimeFrom")
    created_to = parameters.get("createdTimeTo")
    top = parameters.get("top", "")
    return InstanceQuery(
        statuses=tuple(one.strip() for one in texts.split(",") if one.strip()),
        created_from=parse_time(created_from) if created_from else None,
        created_to=parse_time(created_to) if created_to else None,
        prefix=parameters.get("instanceIdPrefix", ""),
        top=int(top) if top.isdigit() and int(top) > 0 else None,
        after=_after(request.headers.get(CONTINUATION_HEADER)),
    )


def _after(token: str | None) -> str | None:
    if not token:
        return None
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"`{CONTINUATION_HEADER}` is not a token of this host") from error
