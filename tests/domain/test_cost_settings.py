"""Settings about costs: complete, checked, and never shown."""

from __future__ import annotations

import pytest

from domain.cost_settings import CostPolicy, CostSettings, read_cost_settings
from domain.errors import SettingsError
from domain.metering import Price

GOOD = {
    "COST_POLICY": "dry",
    "COST_POLICY_SCHEDULE": "0 */10 * * * *",
    "COMPUTE_PRICE_PER_NODE_HOUR": "0.29",
    "COMPUTE_PRICE_LOW_PRIORITY": "0.06",
    "COMPUTE_CURRENCY": "EUR",
    "COMPUTE_START_SECONDS": "240",
    "COMPUTE_MIN_NODES": "1",
    "COMPUTE_MAX_NODES": "3",
    "COMPUTE_MAX_COST_PER_MONTH": "100",
    "COMPUTE_MAX_WAIT_SECONDS": "0",
}
WRONG = {
    "COST_POLICY": "s3cret",
    "COST_POLICY_SCHEDULE": "* s3cret",
    "COMPUTE_PRICE_PER_NODE_HOUR": "s3cret",
    "COMPUTE_PRICE_LOW_PRIORITY": "-1 s3cret",
    "COMPUTE_CURRENCY": "s3cret",
    "COMPUTE_START_SECONDS": "nan",
    "COMPUTE_MIN_NODES": "-1",
    "COMPUTE_MAX_NODES": "0",
    "COMPUTE_MAX_COST_PER_MONTH": "inf",
    "COMPUTE_MAX_WAIT_SECONDS": "s3cret",
}


def test_without_settings_the_policy_is_off() -> None:
    """Nothing has to be set; what is empty is not set."""
    assert read_cost_settings({}) == CostSettings()
    assert read_cost_settings(dict.fromkeys(GOOD, "")) == CostSettings()
    assert CostSettings().policy is CostPolicy.OFF


def test_every_setting_is_read() -> None:
    """What is set takes the place of the default; zero is a value."""
    assert read_cost_settings(GOOD) == CostSettings(
        CostPolicy.DRY, "0 */10 * * * *", 0.29, 0.06, "EUR", 240, 1, 3, 100, 0
    )


def test_all_wrong_settings_are_told_at_once_without_their_values() -> None:
    """Each by its name."""
    with pytest.raises(SettingsError) as raised:
        read_cost_settings(WRONG)
    assert {problem.field for problem in raised.value.problems} == set(WRONG)
    assert "s3cret" not in str(raised.value)


def test_at_least_is_at_most_at_most() -> None:
    """Limits that contradict each other are an error."""
    with pytest.raises(SettingsError, match="must be at most COMPUTE_MAX_NODES"):
        read_cost_settings({"COMPUTE_MIN_NODES": "3", "COMPUTE_MAX_NODES": "2"})


def test_a_price_is_for_its_kind_of_node() -> None:
    """The price of dedicated nodes says nothing about those of low priority."""
    settings = CostSettings(price_per_node_hour=0.3)
    assert settings.price(low_priority=False) == Price(0.3, "USD")
    assert settings.price(low_priority=True) is None
