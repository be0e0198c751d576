"""Which deployment is the default, and the way back."""

from __future__ import annotations

import pytest

from deploy_model.errors import UsageError
from deploy_model.switching import Defaults, switched, switched_back

READY = {"fleet", "fleet-green"}


def test_a_switch_remembers_where_it_came_from() -> None:
    """So that one command returns."""
    after = switched(Defaults("fleet", None), "fleet-green", READY, "anomaly")
    assert after == Defaults("fleet-green", "fleet")
    assert switched_back(after, READY, "anomaly") == Defaults("fleet", "fleet-green")


def test_switching_twice_forgets_nothing() -> None:
    """A second switch to the same deployment must not make it its own predecessor."""
    defaults = Defaults("fleet-green", "fleet")
    assert switched(defaults, "fleet-green", READY, "anomaly") == defaults


def test_nothing_switches_to_what_is_not_ready() -> None:
    """The error names what could be switched to."""
    with pytest.raises(UsageError, match="no deployment 'blue' that is ready; there are: fleet, "):
        switched(Defaults("fleet", None), "blue", READY, "anomaly")


def test_there_is_no_way_back_from_the_first_default() -> None:
    """Nothing was switched yet."""
    with pytest.raises(UsageError, match="no default before fleet"):
        switched_back(Defaults("fleet", None), READY, "anomaly")
