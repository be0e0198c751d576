"""Function chaining: results are handed on, and a broken chain is taken back."""

from pathlib import Path

import pytest

from tests.localazure.functions_host.host_process import HostProcess
from tests.localazure.patterns.client import start

pytestmark = pytest.mark.xdist_group("pattern-chaining")


def steps(folder: Path, item: str) -> list[str]:
    """Return the steps that were really taken for an item."""
    return (folder / f"{item}.steps").read_text("utf-8").split()


def test_each_step_gets_the_result_of_the_one_before(host: HostProcess, folder: Path) -> None:
    """The last result carries what every step added, and each step was taken once."""
    order = {"folder": str(folder), "item": "lamp", "amount": 30}
    status = start(host, "orders", order).finish()
    assert status["runtimeStatus"] == "Completed"
    assert status["output"] == {**order, "steps": ["reserved", "charged", "shipped"]}
    assert steps(folder, "lamp") == ["reserved", "charged", "shipped"]


def test_a_broken_chain_is_taken_back(host: HostProcess, folder: Path) -> None:
    """The failure is caught where it happens: nothing after it runs, what was done is undone."""
    status = start(host, "orders", {"folder": str(folder), "item": "car", "amount": 900}).finish()
    assert status["runtimeStatus"] == "Completed"
    assert status["output"]["reason"] == (
        "Activity function 'charge' failed: ValueError: `amount` must be at most 100; got 900"
    )
    assert status["output"]["steps"] == steps(folder, "car") == ["reserved", "released"]


def test_chains_do_not_mix(host: HostProcess, folder: Path) -> None:
    """Many chains at once take their own steps in their own order; any text passes unharmed."""
    items = ["lamp", "écran", "Tür", "机", '"quoted"', "two\u2028lines"]
    chains = [
        start(host, "orders", {"folder": str(folder), "item": item, "amount": number})
        for number, item in enumerate(items)
    ]
    ended = [chain.finish()["output"] for chain in chains]
    assert [(one["item"], one["amount"]) for one in ended] == list(
        zip(items, range(6), strict=True)
    )
    assert all(steps(folder, item) == ["reserved", "charged", "shipped"] for item in items)
