"""Tests that share a cloud run in one process: otherwise each process would start its own."""

import os

import pytest


@pytest.mark.xdist_group("groups")
def test_groups_of_tests_hold_together(request: pytest.FixtureRequest) -> None:
    """pytest-xdist tells the group by the end of a test's id."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("there is one process only")
    assert request.node.nodeid.endswith("@groups")
