"""What the app was told about costs: prices, limits, and whether the cost policy may act.

Here and not with the other settings, since `python -m commands cost` reads the same ones without
the app's surroundings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Problem, SettingsError
from domain.metering import Price


class CostPolicy(StrEnum):
    """What the cost policy may do."""

    OFF = "off"
    DRY = "dry"
    ON = "on"


@dataclass(frozen=True)
class CostSettings:
    """Prices, limits and times; what is None was not set."""

    policy: CostPolicy = CostPolicy.OFF
    schedule: str = "30 */5 * * * *"
    price_per_node_hour: float | None = None
    price_low_priority: float | None = None
    currency: str = "USD"
    start_s: float | None = None
    min_nodes: int = 0
    max_nodes: int | None = None
    max_cost_per_month: float | None = None
    max_wait_s: float = 60.0

    def price(self, *, low_priority: bool) -> Price | None:
        """The price of a node of this kind; the other kind's is no substitute."""
        amount = self.price_low_priority if low_priority else self.price_per_node_hour
        if amount is None:
            return None
        return Price(amount, self.currency, "low priority" if low_priority else "dedicated")


def read_cost_settings(environment: Mapping[str, str]) -> CostSettings:
    """The settings. Raises SettingsError that names every wrong one, never a value."""
    reader = _Reader(environment)
    default = CostSettings()
    start_s = reader.number("COMPUTE_START_SECONDS")
    max_wait_s = reader.number("COMPUTE_MAX_WAIT_SECONDS")
    settings = CostSettings(
        policy=reader.policy(),
        schedule=reader.schedule(default.schedule),
        price_per_node_hour=reader.number("COMPUTE_PRICE_PER_NODE_HOUR"),
        price_low_priority=reader.number("COMPUTE_PRICE_LOW_PRIORITY"),
        currency=reader.currency(default.currency),
        start_s=start_s,
        min_nodes=reader.whole("COMPUTE_MIN_NODES", 0) or 0,
        max_nodes=reader.whole("COMPUTE_MAX_NODES", 1),
        max_cost_per_month=reader.number("COMPUTE_MAX_COST_PER_MONTH"),
        max_wait_s=default.max_wait_s if max_wait_s is None else max_wait_s,
    )
    most = settings.max_nodes
    if most is not None and settings.min_nodes > most:
        reader.problems.append(
            Problem("COMPUTE_MIN_NODES", "must be at most COMPUTE_MAX_NODES", has_value=False)
        )
    if reader.problems:
        raise SettingsError("app settings", reader.problems)
    return settings


class _Reader:
    """Reads settings and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[Problem] = []

    def number(self, name: str) -> float | None:
        text = self._environment.get(name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value < 1e9:
            self._wrong(name, "must be a number of at least 0, such as 0.29")
            return None
        return value

    def whole(self, name: str, least: int) -> int | None:
        text = self._environment.get(name)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= 10_000):
            self._wrong(name, f"must be a whole number from {least} to 10000")
            return None
        return int(text)

    def policy(self) -> CostPolicy:
        text = self._environment.get("COST_POLICY") or CostPolicy.OFF.value
        if text not in set(CostPolicy):
            self._wrong("COST_POLICY", "must be off, dry or on")
            return CostPolicy.OFF
        return CostPolicy(text)

    def schedule(self, default: str) -> str:
        text = self._environment.get("COST_POLICY_SCHEDULE") or default
        if len(text.split()) != 6:
            rule = "must be NCRONTAB with six fields (second minute hour day month weekday)"
            self._wrong("COST_POLICY_SCHEDULE", rule)
        return text

    def currency(self, default: str) -> str:
        text = self._environment.get("COMPUTE_CURRENCY") or default
        if not (text.isascii() and text.isalpha() and len(text) == 3 and text.isupper()):
            self._wrong("COMPUTE_CURRENCY", "must be three capital letters, such as USD")
        return text

    def _wrong(self, name: str, rule: str) -> None:
        self.problems.append(Problem(name, rule, has_value=False))
