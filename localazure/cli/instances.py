"""``instances``: the orchestrations of a state folder, as tables or as JSON."""

import argparse
import json
import sys
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from localazure.durable.database import FILE_NAME
from localazure.durable.errors import StoreError
from localazure.durable.events import parse_time, utc_now
from localazure.durable.inspection import Family, Inspection, Step, Waiting, inspect
from localazure.durable.model import Instance, InstanceQuery, Status
from localazure.errors import LocalAzureError

_WIDTH = 200
_LONGEST_TEXT, _LONGEST_CELL = 1_000, 60
_STYLES = {Status.COMPLETED: "green", Status.FAILED: "red", Status.TERMINATED: "red"}


def show(options: argparse.Namespace) -> int:
    """Print the instances, or all about the one that is named.

    Raises:
        LocalAzureError: there is no state file, or no such instance, or a filter is wrong.
    """
    # A table is never cut: a narrow terminal wraps it.
    console = Console(highlight=False, width=_WIDTH)
    try:
        with inspect(options.state / FILE_NAME) as inspection:
            if options.instance is None:
                _list(options, inspection, console)
            else:
                _describe(options, inspection, console)
    except StoreError as error:
        raise LocalAzureError(str(error)) from error
    return 0


def _list(options: argparse.Namespace, inspection: Inspection, console: Console) -> None:
    found = inspection.instances(_query(options), children=options.all)
    if options.json:
        for instance in found:
            _write(_document(instance))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("instance", "orchestrator", "status", "created"):
        table.add_column(heading)
    table.add_column("seconds", justify="right")
    table.add_column("custom status")
    for instance in found:
        table.add_row(
            Text(instance.instance_id),
            Text(instance.name),
            _status(instance),
            _clock(parse_time(instance.created_at)),
            _seconds(*_span(instance)),
            Text(_shorten(instance.custom_status or "", _LONGEST_CELL)),
        )
    console.print(table)
    if len(found) == options.limit:
        console.print(f"the newest {options.limit}; --limit shows more")


def _describe(options: argparse.Namespace, inspection: Inspection, console: Console) -> None:
    instance = inspection.find(options.instance)
    if instance is None:
        raise LocalAzureError(f"ID must be that of an instance; got {options.instance!r}")
    family = inspection.family(instance)
    waiting, steps = (
        inspection.waiting(instance.instance_id),
        inspection.steps(instance.instance_id),
    )
    if options.json:
        _write(
            {
                **_document(instance),
                "waiting": [_waiting_document(one) for one in waiting],
                "history": [_step_document(one) for one in steps],
                "subOrchestrations": [_family_document(one) for one in family.children],
            }
        )
        return
    for name, text in (
        ("input", instance.input),
        ("custom status", instance.custom_status),
        ("output", instance.output),
    ):
        if text is not None:
            console.print(Text(f"{name}: {_shorten(text)}"))
    console.print(_tree(family))
    if waiting:
        console.print(_waiting_table(waiting))
    console.print(_history_table(steps))


def _query(options: argparse.Namespace) -> InstanceQuery:
    known = {str(one).casefold(): str(one) for one in Status}
    statuses = [known.get(one.casefold(), "") for one in options.status or ()]
    if "" in statuses:
        wrong = (options.status or ())[statuses.index("")]
        raise LocalAzureError(f"--status must be one of {list(known.values())}; got {wrong!r}")
    if options.limit < 1:
        raise LocalAzureError(f"--limit must be at least 1; got {options.limit}")
    return InstanceQuery(
        statuses=statuses,
        created_from=_time("--since", options.since),
        created_to=_time("--until", options.until),
        prefix=options.prefix,
        top=options.limit,
    )


def _time(option: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_time(text)
    except ValueError:
        rule = "must be a time such as 2026-01-31T06:00:00Z"
        raise LocalAzureError(f"{option} {rule}; got {text!r}") from None


def _tree(family: Family) -> Tree:
    tree = Tree(_line(family.instance))
    pending = [(tree, one) for one in family.children]
    while pending:
        branch, one = pending.pop(0)
        below = branch.add(_line(one.instance))
        pending += [(below, child) for child in one.children]
    return tree


def _line(instance: Instance) -> Text:
    seconds = f"{_seconds(*_span(instance))} s"
    return Text(f"{instance.instance_id}  {instance.name}  ") + _status(instance) + f"  {seconds}"


def _waiting_table(waiting: list[Waiting]) -> Table:
    table = Table(title="waits for", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("what", "name", "since", "due"):
        table.add_column(heading)
    for one in waiting:
        since = _clock(one.since) if one.since else ""
        table.add_row(one.kind, Text(one.name), since, _clock(one.due) if one.due else "")
    return table


def _history_table(steps: list[Step]) -> Table:
    table = Table(title="history", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("began", "what", "name"):
        table.add_column(heading)
    table.add_column("seconds", justify="right")
    table.add_column("outcome")
    for step in steps:
        seconds = "" if step.ended in (None, step.began) else _seconds(step.began, step.ended)
        outcome = step.outcome or ("open" if step.ended is None else "")
        table.add_row(_clock(step.began), step.kind, Text(step.name), seconds, outcome)
    return table


def _document(instance: Instance) -> dict[str, Any]:
    return {
        "instanceId": instance.instance_id,
        "name": instance.name,
        "runtimeStatus": str(instance.status),
        "createdTime": instance.created_at,
        "lastUpdatedTime": instance.updated_at,
        "parentId": instance.parent.instance_id if instance.parent else None,
        "input": _parsed(instance.input),
        "customStatus": _parsed(instance.custom_status),
        "output": _parsed(instance.output),
    }


def _family_document(family: Family) -> dict[str, Any]:
    children = [_family_document(one) for one in family.children]
    return {**_document(family.instance), "subOrchestrations": children}


def _waiting_document(one: Waiting) -> dict[str, Any]:
    return {"kind": one.kind, "name": one.name, "since": _iso(one.since), "due": _iso(one.due)}


def _step_document(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "name": step.name,
        "began": _iso(step.began),
        "ended": _iso(step.ended),
        "outcome": step.outcome,
    }


def _span(instance: Instance) -> tuple[datetime, datetime | None]:
    ended = parse_time(instance.updated_at) if instance.status.ended else None
    return parse_time(instance.created_at), ended


def _status(instance: Instance) -> Text:
    return Text(str(instance.status), style=_STYLES.get(instance.status, "yellow"))


def _seconds(began: datetime, ended: datetime | None) -> str:
    return f"{((ended or utc_now()) - began).total_seconds():.1f}"


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _shorten(text: str, longest: int = _LONGEST_TEXT) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _write(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
