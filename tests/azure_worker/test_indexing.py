"""Azure's worker finds the same functions in an app as the stand-in, with the same options."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.azure_worker.conftest import PairOf
from tests.azure_worker.sides import APPS, SEEN, Pair, azure_retry

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

# One that does not import, on purpose.
BROKEN = "broken"
FOLDERS = [
    one.parent for one in sorted(APPS.glob("*/function_app.py")) if one.parent.name != BROKEN
]
Functions = dict[str, dict[str, Any]]

DIRECTIONS = {"IN": 0, "OUT": 1}
DATA_TYPES = {"STRING": 1, "BINARY": 2, "STREAM": 3}


def by_name(bindings: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The bindings by their names, of which there are no two the same."""
    named = {one["name"]: one for one in bindings}
    assert len(named) == len(bindings)
    return named


def assert_same_functions(azure: Functions, ours: Functions) -> None:
    """Names in the same order, every option of every binding, and retries."""
    assert [*azure] == [*ours]
    for name, told in azure.items():
        bindings = by_name([json.loads(text) for text in told["raw_bindings"]])
        assert bindings == by_name(ours[name]["bindings"])
        assert azure_retry(told.get("retry_options")) == ours[name]["retry"]
        # The worker tells each binding twice: whole, and in short, which the host goes by.
        for binding, short in told["bindings"].items():
            whole = bindings[binding]
            assert short["type"] == whole["type"]
            assert short["direction"] == DIRECTIONS[whole["direction"]]
            assert short.get("data_type") == DATA_TYPES.get(whole.get("dataType", ""))


@pytest.fixture(scope="module")
def pair(worker_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both sides; the apps are loaded one after the other in the place of the first."""
    with closing(Pair(worker_python, SEEN, tmp_path_factory.mktemp("indexing"))) as made:
        yield made


@pytest.mark.parametrize("app", [*FOLDERS, SEEN], ids=lambda app: app.name)
def test_an_app_has_the_same_functions(app: Path, pair: Pair) -> None:
    """Names, bindings and retry options are the same on both sides."""
    assert_same_functions(functions_of(pair.azure.load(app)), functions_of(pair.ours.load(app)))


def test_windrow_has_the_same_functions(windrow: Path, pair_of: PairOf) -> None:
    """What is deployed loads in Azure's worker, and nothing is missing or different there."""
    pair = pair_of(windrow)
    assert_same_functions(pair.azure.functions, pair.ours.functions)


def test_an_app_that_does_not_import_is_refused(pair: Pair) -> None:
    """Both sides say which module is missing, and run nothing."""
    for told in (pair.azure.load(APPS / BROKEN), pair.ours.load(APPS / BROKEN)):
        assert "No module named 'a_module_that_does_not_exist'" in told["error"]["message"]


def functions_of(told: dict[str, Any]) -> Functions:
    """What was told of each function of an app, by name."""
    assert "functions" in told, told["error"]["message"]
    return {one["name"]: one for one in told["functions"]}
