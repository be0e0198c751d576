"""What the app `tests/apps/mixed` gives, told without orchestrations: outputs and runs by input."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

RETRIES = 3
ROUNDS_PER_EVENT = 4


@dataclass(frozen=True)
class Order:
    """One instance to start: its orchestrator, its id, and the events that it is to be sent.

    `early`: the events do not wait until the instance awaits them.
    """

    kind: str
    name: str
    size: int
    events: Mapping[str, Any] = field(default_factory=dict)
    early: bool = False


@dataclass(frozen=True)
class Expected:
    """An instance's output, and how often each of its activities runs if nothing is killed."""

    output: Any
    runs: Mapping[str, int]


def draw_orders(dice: random.Random, count: int) -> list[Order]:
    """Instances of all kinds in turn, of random sizes."""
    kinds = list(KINDS)
    return [_order(kinds[n % len(kinds)], f"i{n:03}", dice.randint(2, 9)) for n in range(count)]


def expect(order: Order) -> Expected:
    """What an instance is to come to."""
    return KINDS[order.kind](order)


def _order(kind: str, name: str, size: int) -> Order:
    if kind == "asked":
        return Order(kind, name, size, {"first": size, "last": "over"}, early=size % 2 == 0)
    if kind == "rounds":
        return Order(kind, name, size, {f"round-{n}": 100 for n in _rounds_with_event(size)})
    return Order(kind, name, size)


def _chain(order: Order) -> Expected:
    return Expected((order.size + 1) * 2 + 1, {f"{order.name}.{step}": 1 for step in range(3)})


def _fan_out(order: Order) -> Expected:
    return Expected([_numbered(n) for n in range(order.size)], _runs_of_numbered(order))


def _sliding(order: Order) -> Expected:
    return Expected(sorted(_numbered(n) for n in range(order.size)), _runs_of_numbered(order))


def _retried(order: Order) -> Expected:
    runs = {f"{order.name}.stumble": order.size % 3 + 1, f"{order.name}.fail": RETRIES}
    return Expected([order.size, "gave up"], runs)


def _asked(order: Order) -> Expected:
    return Expected([2 * order.size, "over"], {f"{order.name}.first": 1})


def _rounds(order: Order) -> Expected:
    results = [_numbered(n) for n in range(order.size)]
    for number in _rounds_with_event(order.size):
        results[number] += 100
    return Expected(results, _runs_of_numbered(order))


def _family(order: Order) -> Expected:
    name, size = order.name, order.size
    children = [
        _chain(Order("chain", f"{name}-chain", size)),
        _fan_out(Order("fan_out", f"{name}-fan", size)),
        Expected(size, {f"{name}-brittle.stumble": 2}),
        _rounds(Order("rounds", f"{name}-rounds", ROUNDS_PER_EVENT - 1)),
    ]
    runs = {mark: count for child in children for mark, count in child.runs.items()}
    return Expected([child.output for child in children], runs)


def _numbered(number: int) -> int:
    """What an activity makes of its number: even ones are incremented, odd ones doubled."""
    return 2 * number if number % 2 else number + 1


def _runs_of_numbered(order: Order) -> dict[str, int]:
    return {f"{order.name}.{n}": 1 for n in range(order.size)}


def _rounds_with_event(size: int) -> range:
    return range(ROUNDS_PER_EVENT - 1, size, ROUNDS_PER_EVENT)


KINDS: dict[str, Callable[[Order], Expected]] = {
    "chain": _chain,
    "fan_out": _fan_out,
    "sliding": _sliding,
    "retried": _retried,
    "asked": _asked,
    "rounds": _rounds,
    "family": _family,
}
