"""Azure's worker finds the same functions in an app as the stand-in, with the same options."""

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
DIRECTIONS = {"IN": 0, "OUT": 1}
DATA_TYPES = {"STRING": 1, "BINARY": 2, "STREAM": 3}


def by_name(bindings: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The bindings by their names, of which there are no two the same."""
    named = {one["name"]: one for one in bindings}
    assert len(named) == len(bindings)
    return named


def assert_same_functions(pair: Pair) -> None:
    """Names in the same order, every option of every binding, and retries."""
    azure, ours = pair.azure.functions, pair.ours.functions
    assert [*azure] == [*ours]
    for name, told in azure.items():
        bindings = by_name(pair.azure.bindings(name))
        assert bindings == by_name(ours[name]["bindings"])
        assert azure_retry(told.get("retry_options")) == ours[name]["retry"]
        # The worker tells each binding twice: whole, and in short, which the host goes by.
        for binding, short in told["bindings"].items():
            whole = bindings[binding]
            assert short["type"] == whole["type"]
            assert short["direction"] == DIRECTIONS[whole["direction"]]
            assert short.get("data_type") == DATA_TYPES.get(whole.get("dataType", ""))


@pytest.mark.parametrize("app", [*FOLDERS, SEEN], ids=lambda app: app.name)
def test_an_app_has_the_same_functions(app: Path, worker_python: Path, tmp_path: Path) -> None:
    """Names, bindings and retry options are the same on both sides."""
    with closing(Pair(worker_python, app, tmp_path)) as pair:
        assert_same_functions(pair)


def test_windrow_has_the_same_functions(windrow: Path, pair_of: PairOf) -> None:
    """What is deployed loads in Azure's worker, and nothing is missing or different there."""
    assert_same_functions(pair_of(windrow))


def test_an_app_that_does_not_import_is_refused(worker_python: Path, tmp_path: Path) -> None:
    """Both sides say which module is missing, and run nothing."""
    with closing(Pair(worker_python, APPS / BROKEN, tmp_path)) as pair:
        for told in (pair.azure.loaded, pair.ours.loaded):
            assert "No module named 'a_module_that_does_not_exist'" in told["error"]["message"]
